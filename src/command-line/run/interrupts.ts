import { INTERRUPTED } from '../exit-codes.js';

/** Interrupts the script. Returns false if none of its code was running. */
export type Interrupt = () => boolean;

/** The first Ctrl-C interrupts a running script; any other ends this program at once. */
export class Interrupts {
  private interrupt: Interrupt = () => false;
  private isInterrupted = false;
  private readonly listener = (): void => {
    const isHeard = !this.isInterrupted && this.interrupt();
    this.isInterrupted = true;
    if (!isHeard) process.exit(INTERRUPTED);
  };

  constructor() {
    process.on('SIGINT', this.listener);
  }

  goTo(interrupt: Interrupt): void {
    this.interrupt = interrupt;
  }
}
