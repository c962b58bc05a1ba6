import { element } from '../shared/element.js';

/** Asks the user for confirmation. */
export function confirmed(question: string, yes: string): Promise<boolean> {
  const confirm = element('button', { type: 'button', className: 'primary' }, yes);
  const cancel = element('button', { type: 'button' }, 'Cancel');
  const text = element('p', { id: 'question' }, question);
  const buttons = element('div', { className: 'buttons' }, cancel, confirm);
  const dialog = element('dialog', { className: 'question' }, text, buttons);
  dialog.setAttribute('aria-labelledby', 'question');
  document.body.append(dialog);
  return new Promise((resolve) => {
    confirm.addEventListener('click', () => dialog.close('yes'));
    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'yes');
      dialog.remove();
    });
    dialog.showModal();
  });
}
