import type { ExecutionResult } from '../execution/execution.js';
import type { OpenQuestion } from './question.js';
import { UnansweredError } from './unanswered.error.js';

/** Receives the positional arguments, then the keyword arguments, if any, as one object. */
export type CallAnswer<Args extends unknown[]> = (...args: Args) => unknown;

/** Result of the code; omitted members are empty. */
export type ExecutionAnswer =
  | Partial<ExecutionResult>
  | ((code: string) => Partial<ExecutionResult> | Promise<Partial<ExecutionResult>>);

type Pattern = string | RegExp;

interface Answer {
  readonly type: 'call' | 'evaluate' | 'execute';
  readonly pattern: Pattern;
  give(question: OpenQuestion): unknown;
}

/** Answers that a test has given to a `FakePython`. The latest matching answer counts. */
export class Answers {
  private readonly answers: Answer[] = [];

  toCall<Args extends unknown[]>(target: string, answer: CallAnswer<Args>): void {
    this.add('call', target, (question) => {
      const { args, kwargs } = question as Extract<OpenQuestion, { type: 'call' }>;
      const given = Object.keys(kwargs).length > 0 ? [...args, kwargs] : [...args];
      return answer(...(given as Args));
    });
  }

  toEvaluation(expression: Pattern, answer: unknown): void {
    this.add('evaluate', expression, () =>
      typeof answer === 'function' ? (answer as () => unknown)() : answer,
    );
  }

  toExecution(code: Pattern, answer: ExecutionAnswer): void {
    this.add('execute', code, (question) =>
      typeof answer === 'function' ? answer(subjectOf(question)) : answer,
    );
  }

  /** @throws UnansweredError */
  async to(question: OpenQuestion): Promise<unknown> {
    const answer = this.find(question);
    if (!answer) throw new UnansweredError(question, this.subjects(typeOf(question)));
    return answer.give(question);
  }

  has(question: OpenQuestion): boolean {
    return this.find(question) !== undefined;
  }

  private find(question: OpenQuestion): Answer | undefined {
    const type = typeOf(question);
    const subject = subjectOf(question);
    return this.answers.findLast((one) => one.type === type && matches(one.pattern, subject));
  }

  private add(type: Answer['type'], pattern: Pattern, give: Answer['give']): void {
    this.answers.push({ type, pattern, give });
  }

  private subjects(type: Answer['type']): string[] {
    const patterns = this.answers.filter((one) => one.type === type).map(({ pattern }) => pattern);
    return [
      ...new Set(
        patterns.map((one) => (typeof one === 'string' ? JSON.stringify(one) : String(one))),
      ),
    ];
  }
}

function typeOf({ type }: OpenQuestion): Answer['type'] {
  return type === 'get' ? 'evaluate' : type;
}

function subjectOf(question: OpenQuestion): string {
  switch (question.type) {
    case 'call':
      return question.target;
    case 'evaluate':
      return question.expression;
    case 'get':
      return question.name;
    case 'execute':
      return question.code;
  }
}

/** Uses `search()`, which ignores the `lastIndex` of a global expression. */
function matches(pattern: Pattern, subject: string): boolean {
  return typeof pattern === 'string' ? pattern === subject : subject.search(pattern) >= 0;
}
