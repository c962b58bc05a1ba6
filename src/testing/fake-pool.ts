import { type Loan, PythonPool } from '../execution/calls/python-pool.js';
import type { PythonSession } from '../execution/sessions/python-session.js';

/** Pool that lends the same session to all borrowers at once. */
export class FakePool extends PythonPool {
  constructor(private readonly session: PythonSession) {
    super();
  }

  protected async borrow(): Promise<Loan> {
    return { session: this.session, giveBack: () => undefined };
  }
}
