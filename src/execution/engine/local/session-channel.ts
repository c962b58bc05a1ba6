import type { Socket } from 'node:net';
import { corkForTurn } from '../../../streams/cork-for-turn.js';

/** Node's end of the channel to one session. What is sent in one turn leaves in one write. */
export class SessionChannel {
  private holds = 0;

  constructor(private readonly socket: Socket) {}

  /** `onSent` is called when the kernel has the frame. */
  send(frame: Buffer, onSent?: () => void): void {
    if (!this.socket.writable) return; // its death is reported, with all that it leaves unanswered
    corkForTurn(this.socket);
    this.socket.write(frame, onSent);
  }

  /** Nothing is received until this and all other such promises have settled, or until `endHolds()`. */
  async holdUntil(ready: Promise<void>): Promise<void> {
    this.holds += 1;
    this.socket.pause();
    await ready;
    this.holds -= 1;
    if (this.holds === 0) this.socket.resume();
  }

  endHolds(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }
}
