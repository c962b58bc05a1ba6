import type { Output } from '../../execution.js';
import type { ConnectionId, ExecutionId, KeptId } from '../../ids.js';
import type {
  Death,
  DeathReason,
  InputReply,
  Interpreter,
  InterpreterObserver,
  Submission,
} from '../engine.js';
import { CallableFunctions } from './callable-functions.js';
import type { ChannelConnection } from './channel-connection.js';
import { FrameDecoder, FrameError } from './frame-decoder.js';
import {
  encodeCallReply,
  encodeEmpty,
  encodeExecute,
  encodeInputReply,
  encodeJson,
  encodeNumber,
} from './frame-encoder.js';
import { FrameType } from './frame-types.js';
import {
  type Cloned,
  type Begun,
  type CallFrame,
  decodeBegun,
  decodeCall,
  decodeCloned,
  decodeDone,
  decodeInputRequest,
  decodeNumber,
  decodePush,
  decodeReleased,
  decodeShown,
  decodeValueFrame,
  type Done,
  type Exited,
  type ShownFrame,
  type ValueFrame,
} from './messages.js';
import { deathOf, type Ending } from './death-reason.js';
import { hasEnded } from './has-ended.js';
import { Interrupting } from './interrupting.js';
import { withoutOurFrames } from './our-frames.js';
import { needsBarrier } from './needs-barrier.js';
import { memoryOf } from './process-memory.js';
import { OutputPipe, type PipedOutput } from './output-pipe.js';
import { textOf } from '../../output-text.js';
import { InterpreterStartError } from '../../errors/interpreter-start.error.js';
import type { SessionSpec } from './supervisor-process.js';
import { SessionChannel } from './session-channel.js';
import type { SessionLimits } from '../../session-limits.js';

const CLOSED_CHANNEL: DeathReason = {
  cause: 'channel',
  reason: 'it closed its channel to the service and was killed',
};
const TORN_FRAME: DeathReason = {
  cause: 'channel',
  reason:
    'it was killed, as an array of 1 MiB or more was transferred, or made smaller, while it was being sent to it',
};
/** Milliseconds. */
const CLOSED_CHANNEL_GRACE = 50;
/** Milliseconds that the end of a dead session's channel may take to come. */
const INHERITED_CHANNEL = 500;

const STREAMS = ['stdout', 'stderr'] as const;

export interface LocalInterpreterParts {
  readonly pid: number;
  readonly connection: ChannelConnection;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  readonly marker: Buffer;
  readonly outputLimit: number;
  readonly limits: SessionLimits;
  readonly cwd: string | undefined;
}

export interface Clone {
  readonly pid: number;
  /** Names of the threads that it has not, and the session has. */
  readonly lostThreads: readonly string[];
}

/** Something that is to be reported when the output before it is here. */
type Report = DoneReport | { readonly kind: 'shown'; readonly frame: ShownFrame; reported(): void };

interface DoneReport {
  readonly kind: 'done';
  readonly done: Done;
  readonly value: unknown;
}

interface Cloning {
  resolve(clone: Clone): void;
  reject(error: Error): void;
}

/** One session process: its channel and its two output pipes, put back in order. */
export class LocalInterpreter implements Interpreter {
  readonly pid: number;
  private readonly channel: SessionChannel;
  private readonly pipes: Record<keyof Output, OutputPipe>;
  private readonly channelClosed: Promise<void>;
  /** Handed over and not reported as done. */
  private readonly underWay: Submission[] = [];
  private readonly reports: Report[] = [];
  /** Runs that ended and were not reported yet. */
  private ended = 0;
  /** The interactive run that has begun last. Before that, what comes is not reported. */
  private begun: ExecutionId | undefined;
  /** What the operation that runs has come to. */
  private value: unknown;
  /** Readers of streamed output, and of pushes, that are behind. */
  private outputHolds = 0;
  private interrupting: Interrupting | undefined;
  private lastInterrupted: ExecutionId | undefined;
  private readonly functions = new CallableFunctions();
  private readonly cloning = new Map<string, Cloning>();
  private killedFor: DeathReason | undefined;
  private isExiting = false;
  /** Gone, and all that it left behind has been read. */
  private dead = false;

  constructor(
    readonly parts: LocalInterpreterParts,
    private readonly observer: InterpreterObserver,
  ) {
    this.pid = parts.pid;
    this.pipes = {
      stdout: this.openPipe(parts.stdoutPath, 'stdout'),
      stderr: this.openPipe(parts.stderrPath, 'stderr'),
    };
    const { socket } = parts.connection;
    this.channel = new SessionChannel(socket, () => this.kill(TORN_FRAME));
    this.channelClosed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.receive(parts.connection);
    this.channel.send(encodeEmpty(FrameType.PIPES_OPENED));
  }

  submit(execution: Submission): void {
    if (execution.operation) this.functions.add(execution.operation.functions);
    const before = this.underWay.at(-1);
    const ahead = before !== undefined && needsBarrier(before, execution);
    this.channel.sendParts(encodeExecute(execution, ahead));
    this.underWay.push(execution);
  }

  interrupt(execution: ExecutionId): void {
    const isRunning = this.running?.id === execution;
    // The signal's handler looks for the frame, so the frame goes first. If the socket is full of code
    // that waits, an early signal makes the handler empty it, and the next one finds the frame.
    let sent = false;
    this.channel.send(encodeNumber(FrameType.INTERRUPT, execution), () => {
      sent = true;
      // What waits for its turn need not disturb what runs: it is enough that the frame is read.
      this.signal(isRunning ? 'SIGINT' : 'SIGURG');
    });
    setImmediate(() => {
      if (!sent) this.signal('SIGURG');
    });
    if (!isRunning) return;
    // Or it would seem not to stop while a client does not read what it has sent.
    this.lastInterrupted = execution;
    this.channel.endHolds();
    for (const stream of STREAMS) this.pipes[stream].resume();
    this.interrupting?.end();
    this.interrupting = new Interrupting(execution, {
      nudge: () => this.signal('SIGURG'),
      interruptGroup: () => this.signalGroup('SIGINT'),
    });
  }

  memory(): Promise<number | undefined> {
    return memoryOf(this.pid);
  }

  /**
   * Has the session fork a clone of itself, which then connects like any other.
   *
   * @throws InterpreterStartError
   */
  clone(spec: SessionSpec): Promise<Clone> {
    return new Promise((resolve, reject) => {
      this.cloning.set(spec.session, { resolve, reject });
      if (this.isExiting) this.failCloning();
      this.channel.send(encodeJson(FrameType.CLONE, spec));
    });
  }

  release(id: KeptId): void {
    this.channel.send(encodeJson(FrameType.RELEASE, [id]));
  }

  answerInput(request: number, reply: InputReply): void {
    this.channel.send(encodeInputReply(request, reply));
  }

  kill(reason: DeathReason): void {
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
  async exited(exit: Exited | 'with its supervisor'): Promise<void> {
    if (this.isExiting) return;
    if (exit === 'with its supervisor') this.signalGroup('SIGKILL');
    this.isExiting = true;
    this.interrupting?.end();
    if (exit === 'with its supervisor') this.channel.close();
    this.channel.endHolds();
    // What it sent before it died comes first. A process that C code has forked may hold the channel open.
    const tooLong = setTimeout(() => this.channel.close(), INHERITED_CHANNEL);
    await this.channelClosed;
    clearTimeout(tooLong);
    for (const stream of STREAMS) this.pipes[stream].drainAndClose();
    this.failCloning();
    this.dead = true;
    this.report();
    this.observer.died(this.deathBy(exit));
  }

  get runningId(): ExecutionId | undefined {
    return this.running?.id;
  }

  private get running(): Submission | undefined {
    return this.underWay[this.ended];
  }

  private receive(connection: ChannelConnection): void {
    const { socket } = connection;
    connection.receiveBy({
      decoder: new FrameDecoder((...frame) => this.take(...frame)),
      onFault: (error) => {
        if (!(error instanceof FrameError)) throw error;
        socket.destroy();
        const reason = `it broke the protocol of its channel (${error.message}) and was killed`;
        this.kill({ cause: 'channel', reason });
      },
    });
    // Mostly it has just died, and the supervisor is about to say why. If it lives on without its
    // channel it cannot answer any more.
    const isLost = (): void =>
      void setTimeout(() => {
        if (!hasEnded(this.pid)) this.kill(CLOSED_CHANNEL);
      }, CLOSED_CHANNEL_GRACE).unref();
    socket.on('error', () => {
      socket.destroy();
      isLost();
    });
    socket.on('end', isLost);
  }

  private take(type: number, payload: Buffer, isOwn: boolean): void {
    switch (type) {
      case FrameType.DONE:
        this.takeDone(decodeDone(payload));
        return;
      case FrameType.PUSH: {
        const { connection, message } = decodePush(payload);
        this.holdUntil(this.observer.pushed(connection, message));
        return;
      }
      case FrameType.BEGUN:
        this.takeBegun(decodeBegun(payload));
        return;
      case FrameType.SHOWN:
        this.takeShown(decodeShown(payload));
        return;
      case FrameType.VALUE:
        this.takeValue(decodeValueFrame(payload, isOwn));
        return;
      case FrameType.CALL:
        void this.answerCall(decodeCall(payload, isOwn));
        return;
      case FrameType.RELEASED:
        this.functions.forget(decodeReleased(payload));
        return;
      case FrameType.LOG:
        this.observer.logged(payload.toString());
        return;
      case FrameType.INPUT_REQUEST:
        if (!this.running?.answersInput) throw new FrameError('INPUT_REQUEST that nobody answers');
        this.observer.asked(this.running.id, decodeInputRequest(payload));
        return;
      case FrameType.CLONED:
        this.takeCloned(decodeCloned(payload));
        return;
      case FrameType.INTERRUPTED:
        if (decodeNumber(payload) === this.interrupting?.execution) this.interrupting.end();
        return;
      default:
        throw new FrameError(`a frame of unknown type ${type}`);
    }
  }

  private takeCloned(cloned: Cloned): void {
    const cloning = this.cloning.get(cloned.session);
    this.cloning.delete(cloned.session);
    if ('pid' in cloned) cloning?.resolve(cloned);
    else {
      cloning?.reject(
        new InterpreterStartError(`The session could not be forked: ${cloned.error}.`),
      );
    }
  }

  private failCloning(): void {
    const error = new InterpreterStartError('The interpreter that was to be forked has ended.');
    for (const cloning of this.cloning.values()) cloning.reject(error);
    this.cloning.clear();
  }

  private takeDone(done: Done): void {
    if (done.execution !== this.running?.id) {
      throw new FrameError('DONE of an execution that is not the one that runs');
    }
    if (done.execution === this.interrupting?.execution) this.interrupting.end();
    if (!done.hasBegun) this.functions.forget(this.running.operation?.functions.keys() ?? []);
    this.ended += 1;
    this.reports.push({ kind: 'done', done, value: this.value });
    this.value = undefined;
    this.report();
  }

  private async answerCall({ call, ...rest }: CallFrame): Promise<void> {
    this.channel.sendParts(encodeCallReply(call, await this.functions.call(rest)));
  }

  private takeValue({ execution, value }: ValueFrame): void {
    if (execution !== this.running?.id || !this.running.operation) {
      throw new FrameError('VALUE of an execution that is not the one that runs');
    }
    this.value = value;
  }

  private takeBegun({ execution, count }: Begun): void {
    if (execution !== this.running?.id || !this.running.isInteractive) {
      throw new FrameError('BEGUN of an execution that is not the one that runs');
    }
    this.begun = execution;
    this.observer.began(execution, count);
    this.report();
  }

  private takeShown(frame: ShownFrame): void {
    if (frame.execution !== this.running?.id || this.begun !== frame.execution) {
      throw new FrameError('SHOWN by an execution that is not the one that runs');
    }
    if (frame.barrier === 0) {
      this.holdUntil(this.observer.showed(frame.execution, frame.shown));
      return;
    }
    // Nothing more is taken in meanwhile, or what a slow reader has not read would pile up here.
    const isReported = new Promise<void>((reported) =>
      this.reports.push({ kind: 'shown', frame, reported }),
    );
    this.report();
    if (this.reports.length > 0) void this.channel.holdUntil(isReported);
  }

  /** Until the reader of what was reported is ready, nothing more is taken in. */
  private holdUntil(ready: Promise<void> | undefined): void {
    const isToEnd = this.isExiting || this.running?.id === this.lastInterrupted;
    if (!ready || isToEnd) return;
    // The pipes too: what the next run prints would pile up before the end of this one is read.
    void this.channel.holdUntil(ready);
    void this.holdOutputUntil(ready);
  }

  private openPipe(path: string, stream: keyof Output): OutputPipe {
    const { marker, outputLimit } = this.parts;
    // What a run that streams shows cuts its output in two: there may be more pieces than runs.
    const limitOf = (piece: number) =>
      (this.runsApart[piece] ?? this.underWay.at(-1))?.streams ? Infinity : outputLimit;
    const pipe = new OutputPipe(path, marker, limitOf, () => {
      this.report();
      if (this.underWay.length > 0) return;
      pipe.endWithoutBarrier();
      const { bytes } = pipe.take();
      if (bytes.length > 0) this.observer.printedBetweenRuns(stream, bytes);
    });
    return pipe;
  }

  /** Of those under way the ones before which a barrier comes. */
  private get runsApart(): readonly Submission[] {
    return this.underWay.filter((run, at, all) => at === 0 || needsBarrier(all[at - 1]!, run));
  }

  /** Reports what comes after output that is here as a whole, in order, and what was printed after that. */
  private report(): void {
    this.reportPrinted();
    for (
      let next = this.reports[0];
      next && this.hasAllOutputBefore(next);
      next = this.reports[0]
    ) {
      const isWithNext = this.hasOutputWithNext(next);
      for (const stream of STREAMS) {
        if (!isWithNext && !this.pipes[stream].hasEnded) this.pipes[stream].endWithoutBarrier();
      }
      this.reportPrinted();
      this.reports.shift();
      if (next.kind === 'done') {
        this.reportDone(next, isWithNext ? this.letGoOfOutput() : this.takeOutput());
      } else {
        this.reportShown(next.frame);
        next.reported();
      }
      this.reportPrinted();
    }
  }

  private reportDone({ done, value }: DoneReport, { stdout, stderr }: Output): void {
    const { execution, hasBegun, returned, error } = done;
    this.underWay.shift();
    this.ended -= 1;
    this.observer.done(execution, { stdout, stderr, hasBegun, returned, value, error });
  }

  private reportShown({ execution, shown }: ShownFrame): void {
    this.takeOutput(); // of which all was reported, as it streams
    this.holdUntil(this.observer.showed(execution, shown));
  }

  /** Hands on what has come of an execution that streams. */
  private reportPrinted(): void {
    const first = this.underWay[0];
    if (!first?.streams || !this.hasBegun(first)) return;
    for (const stream of STREAMS) {
      const bytes = this.pipes[stream].takeSoFar();
      if (bytes.length === 0) continue;
      const ready = this.observer.printed(first.id, stream, withoutOurFrames(bytes));
      if (ready && !this.isExiting) void this.holdOutputUntil(ready);
    }
  }

  /** Of interactive code Node hears by the channel that it begins, and may read its first output before. */
  private hasBegun(execution: Submission): boolean {
    if (!execution.isInteractive || this.begun === execution.id) return true;
    return this.ended > 0 || this.dead;
  }

  private async holdOutputUntil(ready: Promise<void>): Promise<void> {
    this.outputHolds += 1;
    for (const stream of STREAMS) this.pipes[stream].pause();
    await ready;
    this.outputHolds -= 1;
    if (this.outputHolds > 0 || this.isExiting) return;
    for (const stream of STREAMS) this.pipes[stream].resume();
  }

  /**
   * A barrier ends a run's output if there was something left to read at its end, and if another run
   * was handed over before we heard of that end, and the two are to be kept apart.
   */
  private hasAllOutputBefore(report: Report): boolean {
    const [first, next] = this.underWay;
    const isApart = next !== undefined && needsBarrier(first!, next);
    const isUnmarked = report.kind === 'done' && report.done.barrier === 0 && !isApart;
    if (this.dead || isUnmarked) return true;
    return this.pipes.stdout.hasEnded && this.pipes.stderr.hasEnded;
  }

  /** No barrier comes between the output of what is reported and that of the next run, which may be here already. */
  private hasOutputWithNext(report: Report): boolean {
    const [first, next] = this.underWay;
    const isUnmarked = report.kind === 'done' && report.done.barrier === 0;
    return isUnmarked && next !== undefined && !needsBarrier(first!, next);
  }

  /** Nobody is told of it. Of what may belong to the next run, its end stays. */
  private letGoOfOutput(): Output {
    for (const stream of STREAMS) this.pipes[stream].takeSoFar();
    return { stdout: '', stderr: '' };
  }

  private takeOutput(): Output {
    const { stdout, stderr } = this.pipes;
    return { stdout: pipedText(stdout.take()), stderr: pipedText(stderr.take()) };
  }

  private deathBy(exit: Exited | 'with its supervisor'): Death {
    const partialOutput = this.takeOutput();
    const ending: Ending = {
      exit,
      killedFor: this.killedFor,
      limits: this.parts.limits,
    };
    return { ...deathOf(ending), partialOutput };
  }

  private signal(signal: NodeJS.Signals): void {
    this.send(this.pid, signal);
  }

  private signalGroup(signal: NodeJS.Signals): void {
    this.send(-this.pid, signal);
  }

  private send(target: number, signal: NodeJS.Signals): void {
    if (this.isExiting) return; // the number may be another process's by now
    try {
      process.kill(target, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function pipedText({ bytes, dropped }: PipedOutput): string {
  if (bytes.length === 0) return '';
  const text = textOf(withoutOurFrames(bytes));
  if (dropped === 0) return text;
  return `${text}\n[fujian: output cut here after ${bytes.length} bytes, ${dropped} more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`;
}
