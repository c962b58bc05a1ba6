import { Injectable } from '@nestjs/common';
import { DuplicatePythonError } from '../../errors/application-errors.js';

interface Stoppable {
  stop(): Promise<void>;
}

/** All Pythons of an application: their names are unique, and they start together or not at all. */
@Injectable()
export class PythonInstances {
  private readonly names = new Set<string | undefined>();
  private readonly begun: Stoppable[] = [];

  /**
   * Reserves a name.
   *
   * @throws DuplicatePythonError if the name is taken
   */
  claim(name: string | undefined): void {
    if (this.names.has(name)) throw new DuplicatePythonError(name);
    this.names.add(name);
  }

  /**
   * Starts a Python. If that fails, the application fails to start, and its caller may have no
   * application to close: stops all Pythons that have begun to start.
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
