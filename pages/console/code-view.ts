import { pythonLanguage } from '@codemirror/lang-python';
import { classHighlighter, highlightCode } from '@lezer/highlight';
import { element } from '../shared/element.js';

/** Renders read-only code in the colours of the editor, line by line. */
export function codeView(code: string): HTMLElement {
  const view = element('pre', { className: 'code' });
  let row: HTMLElement;
  const begin = (): void => {
    row = element('span', { className: 'code-row', tabIndex: -1 });
    view.append(row);
  };
  begin();
  highlightCode(
    code,
    pythonLanguage.parser.parse(code),
    classHighlighter,
    (text, classes) => row.append(classes ? element('span', { className: classes }, text) : text),
    () => {
      row.append('\n');
      begin();
    },
  );
  return view;
}
