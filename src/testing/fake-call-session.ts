import { encodeOperation, type KeepOptions, type Operation } from '../execution/calls/operation.js';
import type { CallSession } from '../execution/calls/call-session.js';
import { StaleHandleError } from '../errors/call-errors.js';
import type { CallOptions } from '../execution/execution.js';
import type { KeptId } from '../execution/ids.js';
import type { KeptObject } from '../execution/values/kept-object.js';
import type { OpenQuestion, Question } from './question.js';

const OWN = '__main__:';

export interface FakeNames {
  readonly session: string;
  readonly names: Map<string, unknown>;
  note(question: Question): void;
  answer(question: OpenQuestion): Promise<unknown>;
  /** Returns whether the test has given an answer. */
  hasAnswer(question: OpenQuestion): boolean;
}

/** Maps operations to questions. A handle is named after its origin: `numpy`, `shop:Cart()`. */
export class FakeCallSession implements CallSession {
  private readonly kept = new Map<KeptId, { readonly name: string; readonly value: unknown }>();

  constructor(private readonly fake: FakeNames) {}

  async perform(
    operation: Operation,
    options: CallOptions,
    { as, keep }: Partial<KeepOptions> = {},
  ): Promise<unknown> {
    encodeOperation(operation); // refuses unsupported values
    const { session } = this.fake;
    const common = { session, ...(Object.keys(options).length > 0 && { options }) };
    switch (operation.op) {
      case 'call': {
        const { args, kwargs } = operation;
        const target = this.full(operation.target, operation.of);
        const question = { type: 'call', target, args, kwargs, ...common } as const;
        return as === 'handle'
          ? this.keep(keep, `${target}()`, await this.held(question))
          : this.fake.answer(question);
      }
      case 'evaluate':
        return this.fake.answer({
          type: 'evaluate',
          expression: operation.expression,
          ...common,
        });
      case 'find': {
        if (operation.of && operation.target === '') return this.find(operation.of).value;
        const name = this.full(operation.target, operation.of);
        if (as === 'handle') return this.keep(keep, name, undefined);
        return this.fake.answer({ type: 'get', name: withoutOwn(name), ...common });
      }
      case 'set': {
        const { of } = operation;
        const names = Object.fromEntries(
          Object.entries(operation.names).map(([name, value]) => [
            of ? withoutOwn(this.full(name, of)) : name,
            value,
          ]),
        );
        this.fake.note({ type: 'set', names, ...common });
        for (const [name, value] of Object.entries(names)) this.fake.names.set(name, value);
        return undefined;
      }
      case 'next':
      case 'close':
        throw new Error('FakePython keeps no iterators: answer with an iterable instead.');
    }
  }

  release(id: KeptId): void {
    this.kept.delete(id);
  }

  private async held(question: OpenQuestion): Promise<unknown> {
    if (this.fake.hasAnswer(question)) return this.fake.answer(question);
    this.fake.note(question);
    return undefined;
  }

  private keep(id: KeptId | undefined, name: string, value: unknown): void {
    if (id !== undefined) this.kept.set(id, { name, value });
  }

  private find({ id }: KeptObject): { readonly name: string; readonly value: unknown } {
    const kept = this.kept.get(id);
    if (!kept) throw new StaleHandleError();
    return kept;
  }

  /**
   * Joins names: `numpy` and `mean` to `numpy:mean`, `numpy:random` and `seed` to
   * `numpy:random.seed`.
   */
  private full(target: string, of: KeptObject | undefined): string {
    if (!of) return target;
    const { name } = this.find(of);
    return `${name}${name.includes(':') ? '.' : ':'}${target}`;
  }
}

function withoutOwn(name: string): string {
  return name.startsWith(OWN) ? name.slice(OWN.length) : name;
}
