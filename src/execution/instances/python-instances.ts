import { Injectable } from '@nestjs/common';
import { DuplicatePythonError } from '../../errors/application-errors.js';

interface Stoppable {
  stop(): Promise<void>;
}

/** All Pythons of an application: no two have one name, and they come up together or not at all. */
@Injectable()
export class PythonInstances {
  private readonly names = new Set<string | undefined>();
  private readonly begun: Stoppable[] = [];

  /** @throws DuplicatePythonError */
  claim(name: string | undefined): void {
    if (this.names.has(name)) throw new DuplicatePythonError(name);
    this.names.add(name);
  }

  /**
   * Starts one. If it does not start, neither does the application, and whoever asked for that may have nothing
   * to close: so those that have started are stopped.
   */
  async start(instance: Stoppable, start: () => Promise<void>): Promise<void> {
    this.begun.push(instance);
    try {
      await start();
    } catch (error) {
      await Promise.allSettled(this.begun.map((one) => one.stop()));
      throw error;
    }
  }
}
