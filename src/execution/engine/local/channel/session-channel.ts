import type { Socket } from 'node:net';
import { corkForTurn } from '../../../../streams/cork-for-turn.js';

/** Node's end of the channel to one session. What is sent in one turn leaves in one write. */
export class SessionChannel {
  private holds = 0;
  /** Bytes that were to be sent, from the first on. */
  private announced = 0;

  /** @param onTorn is called if the other end will not get a frame as a whole, and so none after it. */
  constructor(
    private readonly socket: Socket,
    private readonly onTorn: () => void,
  ) {}

  /** `onSent` is called when the kernel has the frame. */
  send(frame: Buffer, onSent?: () => void): void {
    if (!this.socket.writable) return; // its death is reported, with all that it leaves unanswered
    corkForTurn(this.socket);
    this.announced += frame.length;
    this.socket.write(frame, onSent);
  }

  /** The parts of one frame. They are not copied, and have to stay as they are until the kernel has them. */
  sendParts(parts: readonly Uint8Array[]): void {
    if (!this.socket.writable) return;
    corkForTurn(this.socket);
    for (const part of parts) this.announced += part.length;
    for (const part of parts.slice(0, -1)) this.socket.write(part);
    if (parts.length === 1) {
      this.socket.write(parts[0]!);
      return;
    }
    this.socket.write(parts.at(-1)!, (error?: NodeJS.ErrnoException | null) => {
      // Memory that was taken back while the system was about to read it.
      if (error ? error.code === 'EFAULT' : this.isTorn) this.onTorn();
    });
    // What the kernel takes now nobody can change any more.
    this.socket.uncork();
  }

  /** Memory that waits to be sent has been transferred, or made smaller: then there is nothing of it any more. */
  private get isTorn(): boolean {
    return this.socket.bytesWritten !== this.announced;
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
