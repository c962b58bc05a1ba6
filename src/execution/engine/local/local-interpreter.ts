import type { Socket } from 'node:net';
import type { Output } from '../../execution.js';
import type { ConnectionId, ExecutionId } from '../../ids.js';
import type { Death, Interpreter, InterpreterObserver, Submission } from '../engine.js';
import { FrameDecoder, FrameError } from './frame-decoder.js';
import { encodeEmpty, encodeExecute, encodeNumber } from './frame-encoder.js';
import { FrameType } from './frame-types.js';
import { decodeDone, decodePush, type Done, type Exited } from './messages.js';
import { OutputPipe, type PipedOutput } from './output-pipe.js';
import { textOf } from '../../output-text.js';
import { SessionChannel } from './session-channel.js';

const CLOSED_CHANNEL = 'it closed its channel to the service and was killed';
/** Milliseconds. */
const CLOSED_CHANNEL_GRACE = 50;

export interface LocalInterpreterParts {
  readonly pid: number;
  readonly socket: Socket;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  readonly marker: Buffer;
  readonly outputLimit: number;
}

/** One session process: its channel and its two output pipes, put back in order. */
export class LocalInterpreter implements Interpreter {
  readonly pid: number;
  private readonly channel: SessionChannel;
  private readonly stdout: OutputPipe;
  private readonly stderr: OutputPipe;
  private readonly channelClosed: Promise<void>;
  /** Handed over and not reported as done. */
  private readonly underWay: ExecutionId[] = [];
  /** Runs that ended; their output may not be here as a whole yet. */
  private readonly ended: Done[] = [];
  private killedFor: string | undefined;
  private isExiting = false;
  /** Gone, and all that it left behind has been read. */
  private dead = false;

  constructor(
    parts: LocalInterpreterParts,
    private readonly observer: InterpreterObserver,
  ) {
    this.pid = parts.pid;
    this.stdout = this.openPipe(parts.stdoutPath, parts, 'stdout');
    this.stderr = this.openPipe(parts.stderrPath, parts, 'stderr');
    this.channel = new SessionChannel(parts.socket);
    this.channelClosed = new Promise((resolve) => parts.socket.once('close', () => resolve()));
    this.receive(parts.socket);
    this.channel.send(encodeEmpty(FrameType.PIPES_OPENED));
  }

  submit(execution: Submission): void {
    this.channel.send(encodeExecute(execution, this.underWay.length > 0));
    this.underWay.push(execution.id);
  }

  interrupt(execution: ExecutionId): void {
    // The signal's handler looks for the frame, so the frame goes first. If the socket is full of code
    // that waits, an early signal makes the handler empty it, and the next one finds the frame.
    let sent = false;
    this.channel.send(encodeNumber(FrameType.INTERRUPT, execution), () => {
      sent = true;
      this.signalGroup('SIGINT');
    });
    setImmediate(() => {
      if (!sent) this.signalGroup('SIGINT');
    });
  }

  kill(reason: string): void {
    this.killedFor ??= reason;
    this.signalGroup('SIGKILL');
  }

  connectionOpened(connection: ConnectionId): void {
    this.channel.send(encodeNumber(FrameType.CONNECTION_OPENED, connection));
  }

  connectionClosed(connection: ConnectionId): void {
    this.channel.send(encodeNumber(FrameType.CONNECTION_CLOSED, connection));
  }

  /** The supervisor has reaped the process, or is gone itself. */
  async exited(exit: Pick<Exited, 'code' | 'signal'> | 'with its supervisor'): Promise<void> {
    if (this.isExiting) return;
    if (exit === 'with its supervisor') this.signalGroup('SIGKILL');
    this.isExiting = true;
    if (exit === 'with its supervisor') this.channel.close();
    this.channel.endHolds();
    await this.channelClosed; // what it sent before it died comes first
    this.stdout.drainAndClose();
    this.stderr.drainAndClose();
    this.dead = true;
    this.reportEnded();
    this.observer.died(this.deathBy(exit));
  }

  private receive(socket: Socket): void {
    const decoder = new FrameDecoder((type, payload) => this.take(type, payload));
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.feed(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        socket.destroy();
        this.kill(`it broke the protocol of its channel (${error.message}) and was killed`);
      }
    });
    socket.on('error', () => socket.destroy());
    // Mostly it has just died, and the supervisor is about to say why. If it lives on without its
    // channel it cannot answer any more.
    socket.on('end', () =>
      setTimeout(() => this.kill(CLOSED_CHANNEL), CLOSED_CHANNEL_GRACE).unref(),
    );
  }

  private take(type: number, payload: Buffer): void {
    switch (type) {
      case FrameType.DONE:
        this.takeDone(decodeDone(payload));
        return;
      case FrameType.PUSH: {
        const { connection, message } = decodePush(payload);
        const delivered = this.observer.pushed(connection, message);
        if (delivered && !this.isExiting) void this.channel.holdUntil(delivered);
        return;
      }
      case FrameType.LOG:
        this.observer.logged(payload.toString());
        return;
      default:
        throw new FrameError(`a frame of unknown type ${type}`);
    }
  }

  private takeDone(done: Done): void {
    if (done.execution !== this.underWay[this.ended.length]) {
      throw new FrameError('DONE of an execution that is not the one that runs');
    }
    this.ended.push(done);
    this.reportEnded();
  }

  private openPipe(path: string, parts: LocalInterpreterParts, stream: keyof Output): OutputPipe {
    const pipe = new OutputPipe(path, parts.marker, parts.outputLimit, () => {
      this.reportEnded();
      if (this.underWay.length === 0) {
        const { bytes } = pipe.take();
        if (bytes.length > 0) this.observer.printedBetweenRuns(stream, bytes);
      }
    });
    return pipe;
  }

  /** Reports the runs whose output is here as a whole, in order. */
  private reportEnded(): void {
    for (let next = this.ended[0]; next && this.hasAllOutputOf(next); next = this.ended[0]) {
      this.ended.shift();
      this.underWay.shift();
      const { execution, returned, error } = next;
      this.observer.done(execution, { ...this.takeOutput(), returned, error });
    }
  }

  /**
   * A barrier ends a run's output if there was something left to read at its end, and if another run
   * was handed over before we heard of that end.
   */
  private hasAllOutputOf({ barrier }: Done): boolean {
    if (this.dead || (barrier === 0 && this.underWay.length === 1)) return true;
    return this.stdout.hasEnded && this.stderr.hasEnded;
  }

  private takeOutput(): Output {
    return { stdout: pipedText(this.stdout.take()), stderr: pipedText(this.stderr.take()) };
  }

  private deathBy(exit: Pick<Exited, 'code' | 'signal'> | 'with its supervisor'): Death {
    const partialOutput = this.takeOutput();
    if (exit === 'with its supervisor') {
      const reason = 'its supervisor process ended';
      return { reason, signal: undefined, exitCode: undefined, partialOutput };
    }
    const { signal, code: exitCode } = exit;
    const ours = signal === 'SIGKILL' ? this.killedFor : undefined;
    const reason = ours ?? (signal ? `killed by ${signal}` : `exit code ${exitCode}`);
    return { reason, signal, exitCode, partialOutput };
  }

  private signalGroup(signal: NodeJS.Signals): void {
    if (this.isExiting) return; // its process group may be another's by now
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function pipedText({ bytes, dropped }: PipedOutput): string {
  if (bytes.length === 0) return '';
  const text = textOf(bytes);
  if (dropped === 0) return text;
  return `${text}\n[fujian: output cut here after ${bytes.length} bytes, ${dropped} more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`;
}
