// The task that every contender runs, and its expected answer.

export const CODE = 'fujian_return = 1 + 1';

let lastRight = '';

/**
 * Throws on a wrong answer. Skips the parsing of a text equal to the previous one, to spare the
 * client's CPU.
 *
 * @param {string} text the JSON answer
 */
export function checkAnswer(text) {
  if (text === lastRight) return;
  const { stdout, stderr, return: returned } = JSON.parse(text);
  if (stdout !== '' || stderr !== '' || returned !== '2') throw new Error(`wrong answer: ${text}`);
  lastRight = text;
}
