import type { Socket } from 'node:net';
import { corkForTurn } from '../../../../streams/cork-for-turn.js';

/** Node's end of the channel to one session. Batches the frames of one event loop turn in one write. */
export class SessionChannel {
  private holds = 0;
  /** Total bytes that were passed to the socket. */
  private announced = 0;

  /** @param onTorn called if a frame could only be sent in part, after which the channel is unusable. */
  constructor(
    private readonly socket: Socket,
    private readonly onTorn: () => void,
  ) {}

  /** Sends a frame. Calls `onSent` when the kernel has it. */
  send(frame: Buffer, onSent?: () => void): void {
    if (!this.socket.writable) return; // the session's death will be reported
    corkForTurn(this.socket);
    this.announced += frame.length;
    this.socket.write(frame, onSent);
  }

  /** Sends the parts of one frame without copying. They must not change until the kernel has them. */
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
      // EFAULT: the memory was released while the kernel was reading it.
      if (error ? error.code === 'EFAULT' : this.isTorn) this.onTorn();
    });
    // Writes now, because bytes that the kernel has copied cannot change any more.
    this.socket.uncork();
  }

  /** Whether a queued buffer was transferred or shrunk, which leaves its bytes unsent. */
  private get isTorn(): boolean {
    return this.socket.bytesWritten !== this.announced;
  }

  /** Pauses receiving until this and all other such promises have settled, or until `endHolds()`. */
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
