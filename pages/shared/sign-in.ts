import { element } from './element.js';
import { keepToken, Refusal, request } from './service.js';

let asking: Promise<void> | undefined;

/**
 * Resolves once the service lets this page in: at once, or after the user has given the token.
 * Concurrent calls share one prompt.
 *
 * @param probe the path to request to find out.
 */
export function signIn(probe: string): Promise<void> {
  asking ??= ask(probe).finally(() => (asking = undefined));
  return asking;
}

async function ask(probe: string): Promise<void> {
  let problem = await problemOf(probe);
  if (problem === undefined) return;
  const input = element('input', {
    id: 'token',
    type: 'password',
    required: true,
    autocomplete: 'current-password',
    spellcheck: false,
  });
  const message = element('p', { className: 'sign-in-problem', role: 'alert' });
  const form = element(
    'form',
    { className: 'sign-in' },
    element('h1', {}, 'Fujian'),
    element('p', {}, 'This service asks for its token: FUJIAN_TOKEN, with which it was started.'),
    element('label', { htmlFor: 'token' }, 'Token'),
    input,
    message,
    element('button', { type: 'submit', className: 'primary' }, 'Sign in'),
  );
  const main = element('main', { className: 'sign-in-page' }, form);
  const others = [...document.body.children].filter(
    (one): one is HTMLElement => one instanceof HTMLElement,
  );
  for (const other of others) other.hidden = true;
  document.body.append(main);
  input.focus();
  while (problem !== undefined) {
    await submission(form);
    keepToken(input.value.trim());
    problem = await problemOf(probe);
    if (problem !== undefined) {
      message.textContent = problem;
      input.select();
    }
  }
  main.remove();
  for (const other of others) other.hidden = false;
}

function submission(form: HTMLFormElement): Promise<void> {
  return new Promise((resolve) => {
    const submitted = (event: SubmitEvent): void => {
      event.preventDefault();
      resolve();
    };
    form.addEventListener('submit', submitted, { once: true });
  });
}

/**
 * Returns undefined if the service lets the page in, or does not answer, which the page itself
 * reports.
 */
async function problemOf(probe: string): Promise<string | undefined> {
  try {
    await request(probe);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) return undefined;
    keepToken('');
    return error.message;
  }
}
