import { openSocket } from '../shared/service.js';

const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 8_000;

export type Pushed =
  | { readonly kind: 'push'; readonly text: string }
  | { readonly kind: 'bytes'; readonly size: number }
  /** Output of a thread between two executions, or the reason why the interpreter ended. */
  | {
      readonly kind: 'output';
      readonly stdout: string;
      readonly stderr: string;
      readonly traceback?: string;
    };

/** Receives what a session sends by itself. Reconnects when the connection is lost. */
export class PushChannel {
  private socket: WebSocket | undefined;
  private session: string | undefined;
  private pause = SHORTEST_PAUSE;
  private timer: number | undefined;

  constructor(private readonly heard: (pushed: Pushed, session: string) => void) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  follow(session: string): void {
    if (session === this.session) return;
    this.session = session;
    this.connect();
  }

  /** Reconnects at once, as the service is back. */
  hurry(): void {
    if (!this.isOpen) this.connect();
  }

  private connect(): void {
    const { session } = this;
    if (session === undefined) return;
    clearTimeout(this.timer);
    this.socket?.close();
    const socket = openSocket(`contexts/${session}/websocket`);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => (this.pause = SHORTEST_PAUSE));
    socket.addEventListener('message', ({ data }) => this.heard(pushedBy(data), session));
    socket.addEventListener('close', () => {
      if (this.socket !== socket) return;
      this.timer = setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(LONGEST_PAUSE, this.pause * 2);
    });
  }
}

function pushedBy(data: unknown): Pushed {
  if (data instanceof ArrayBuffer) return { kind: 'bytes', size: data.byteLength };
  const text = String(data);
  return outputIn(text) ?? { kind: 'push', text };
}

/**
 * Returns the output in a message, which is JSON with exactly these members. Returns undefined for
 * a pushed message.
 */
function outputIn(text: string): Pushed | undefined {
  if (!text.startsWith('{"stdout":')) return undefined;
  try {
    const output = JSON.parse(text) as { stdout: string; stderr: string; traceback?: string };
    return typeof output.stderr === 'string' ? { kind: 'output', ...output } : undefined;
  } catch {
    return undefined;
  }
}
