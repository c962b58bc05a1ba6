import { FujianError } from '../errors/fujian-error.js';
import { type OpenQuestion, questionText } from './question.js';

/** The test has given a `FakePython` no answer to a question. */
export class UnansweredError extends FujianError {
  readonly code = 'FUJIAN_UNANSWERED';

  constructor(
    readonly question: OpenQuestion,
    answered: readonly string[],
  ) {
    super(
      [
        `FakePython was asked to ${questionText(question)}, but the test has given no answer.`,
        `Give one first: ${advice(question)}`,
        answered.length > 0
          ? `There are answers to ${answered.join(', ')}.`
          : 'There are no answers yet.',
      ].join('\n'),
    );
  }
}

function advice(question: OpenQuestion): string {
  switch (question.type) {
    case 'call':
      return `fake.whenCalled(${quoted(question.target)}, (...args) => value)`;
    case 'evaluate':
      return `fake.whenEvaluated(${quoted(question.expression)}, value)`;
    case 'get':
      return `await fake.set({ ${quoted(question.name)}: value })`;
    case 'execute':
      return "fake.whenExecuted(/part of the code/, { stdout: 'text' })";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}'`;
}
