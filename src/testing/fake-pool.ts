import { type Loan, PythonPool } from '../execution/calls/python-pool.js';
import type { LendableSession } from '../execution/calls/lent-session.js';

/** Pool that lends the same session to all borrowers at once. */
export class FakePool extends PythonPool {
  constructor(private readonly session: LendableSession) {
    super();
  }

  protected async borrow(): Promise<Loan> {
    return { session: this.session, giveBack: () => undefined };
  }
}
