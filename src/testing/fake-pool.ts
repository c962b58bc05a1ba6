import { type Loan, PythonPool } from '../execution/calls/python-pool.js';
import type { PythonSession } from '../execution/sessions/python-session.js';

/** Lends one session to everybody, at once. */
export class FakePool extends PythonPool {
  constructor(private readonly session: PythonSession) {
    super();
  }

  protected async borrow(): Promise<Loan> {
    return { session: this.session, giveBack: () => undefined };
  }
}
