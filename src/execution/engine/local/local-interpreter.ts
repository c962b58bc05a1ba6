import type { ConnectionId, ExecutionId, KeptId } from '../../ids.js';
import type { InputReply, Interpreter, InterpreterObserver, Submission } from '../engine.js';
import type { DeathReason } from '../../../errors/interpreter-death.js';
import { PatientTimeout } from '../../patient-timeout.js';
import type { SessionLimits } from '../../session-limits.js';
import { CallableFunctions } from './channel/callable-functions.js';
import type { ChannelConnection } from './channel/channel-connection.js';
import { FORK_TIMEOUT, Forks } from './forks.js';
import { type Ending, deathOf } from './process/death-reason.js';
import { FrameDecoder, FrameError } from './channel/frame-decoder.js';
import {
  encodeCallReply,
  encodeEmpty,
  encodeExecute,
  encodeInputReply,
  encodeJson,
  encodeNumber,
} from './channel/frame-encoder.js';
import { FrameType } from './channel/frame-types.js';
import { contain } from './process/containment.js';
import { hasEnded } from './process/has-ended.js';
import { Interrupting } from './process/interrupting.js';
import {
  type Begun,
  type CallFrame,
  decodeBegun,
  decodeCall,
  decodeForked,
  decodeForking,
  decodeDone,
  decodeInputRequest,
  decodeLog,
  decodeNumber,
  decodePush,
  decodeReleased,
  decodeReturned,
  decodeShown,
  decodeValueFrame,
  type Done,
  type Returned,
  type ShownFrame,
  type ValueFrame,
} from './channel/messages.js';
import { OrderedExecutions, type OutputParts } from './output/ordered-executions.js';
import { ReturnedText } from './output/returned-text.js';
import { memoryOf } from './process/process-memory.js';
import { SessionChannel } from './channel/session-channel.js';
import type { SessionProcess } from './process/session-process.js';

const CLOSED_CHANNEL: DeathReason = {
  cause: 'channel',
  reason: 'it closed its channel to the service and was killed',
};
const TORN_FRAME: DeathReason = {
  cause: 'channel',
  reason:
    'it was killed, as an array of 1 MiB or more was transferred, or made smaller, while it was being sent to it',
};
/** Milliseconds that the supervisor has to report a death after the channel closes. */
const CLOSED_CHANNEL_GRACE = 50;
/** Milliseconds to wait for the end of a dead session's channel. */
const INHERITED_CHANNEL = 500;

/** Milliseconds that a process has to end once it is killed. */
const KILL_TIMEOUT = 5_000;

export interface LocalInterpreterParts extends OutputParts {
  readonly process: SessionProcess;
  readonly lostThreads: readonly string[];
  readonly connection: ChannelConnection;
  readonly limits: SessionLimits;
  readonly cwd: string | undefined;
}

/** Node's side of one session process. */
export class LocalInterpreter implements Interpreter {
  private readonly process: SessionProcess;
  private readonly channel: SessionChannel;
  private readonly channelClosed: Promise<void>;
  private readonly executions: OrderedExecutions;
  private readonly functions = new CallableFunctions();
  private readonly forks = new Forks();
  /** Result of the running operation. */
  private value: unknown;
  /** Long return value of the running execution. */
  private readonly returned: ReturnedText;
  private interrupting: Interrupting | undefined;
  private killedFor: DeathReason | undefined;
  private endedFor: DeathReason | undefined;
  private ending: PatientTimeout | undefined;
  private killed: PatientTimeout | undefined;

  constructor(
    readonly parts: LocalInterpreterParts,
    private readonly observer: InterpreterObserver,
  ) {
    this.process = parts.process;
    this.returned = new ReturnedText(parts.outputLimit);
    const { socket } = parts.connection;
    this.channel = new SessionChannel(socket, () => this.kill(TORN_FRAME));
    this.channelClosed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.executions = new OrderedExecutions(parts, this.channel, observer, (reason) =>
      this.kill({ cause: 'channel', reason }),
    );
    this.receive(parts.connection);
    this.channel.send(encodeEmpty(FrameType.PIPES_OPENED));
  }

  get pid(): number {
    return this.process.pid;
  }

  get lostThreads(): readonly string[] {
    return this.parts.lostThreads;
  }

  get runningId(): ExecutionId | undefined {
    return this.running?.id;
  }

  submit(execution: Submission): void {
    const { operation, callFunction } = execution;
    if (operation) this.functions.add(operation.functions, callFunction);
    const isApart = this.executions.isApartFromLast(execution);
    this.channel.sendParts(encodeExecute(execution, isApart));
    this.executions.add(execution);
  }

  interrupt(execution: ExecutionId): void {
    // The signal handler looks for the frame, so the frame goes first. If queued code fills the socket,
    // an early signal makes the handler empty it, and the next signal finds the frame.
    let sent = false;
    this.channel.send(encodeNumber(FrameType.INTERRUPT, execution), () => {
      sent = true;
      this.process.nudge();
    });
    setImmediate(() => {
      if (!sent) this.process.nudge();
    });
    if (this.running?.id !== execution) return;
    this.executions.interrupted();
    this.interrupting?.end();
    this.interrupting = new Interrupting(execution, this.process);
  }

  memory(): Promise<number | undefined> {
    return memoryOf(this.pid);
  }

  /**
   * Has the session fork itself, with the descriptors that the supervisor hands it for `session`.
   *
   * @throws InterpreterStartError if the session cannot fork or ends first.
   */
  fork(session: string): Promise<readonly string[]> {
    const fork = this.forks.expect(session);
    if (this.process.isGone) this.forks.fail();
    this.channel.send(encodeJson(FrameType.FORK, { session }));
    return fork;
  }

  release(id: KeptId): void {
    this.channel.send(encodeJson(FrameType.RELEASE, [id]));
  }

  answerInput(request: number, reply: InputReply): void {
    this.channel.send(encodeInputReply(request, reply));
  }

  end(reason: DeathReason, grace: number): void {
    if (this.endedFor) return;
    this.endedFor = reason;
    this.channel.send(encodeEmpty(FrameType.END));
    this.ending = new PatientTimeout(() => this.kill(reason), grace);
  }

  kill(reason: DeathReason): void {
    this.killedFor ??= reason;
    const isRefused = this.process.kill() === 'refused';
    const survives = isRefused
      ? 'cannot be killed, as it has become a program of another user'
      : `has not ended within ${KILL_TIMEOUT / 1000} s of it`;
    this.killed ??= new PatientTimeout(
      () => void this.exited({ survives }),
      isRefused ? 0 : KILL_TIMEOUT,
    );
  }

  connectionOpened(connection: ConnectionId): void {
    this.channel.send(encodeNumber(FrameType.CONNECTION_OPENED, connection));
  }

  connectionClosed(connection: ConnectionId): void {
    this.channel.send(encodeNumber(FrameType.CONNECTION_CLOSED, connection));
  }

  /** Handles the end of the process, or of the supervisor, and reports the death. */
  async exited(exit: Ending['exit']): Promise<void> {
    if (this.process.isGone) return;
    const isReaped = 'pid' in exit;
    if (!isReaped) this.process.killWithGroup();
    this.process.gone();
    this.killed?.clear();
    this.ending?.clear();
    this.interrupting?.end();
    if (!isReaped) this.channel.close();
    this.executions.waitNoMore();
    // Frames sent before the death come first. A process forked by C code may hold the channel open.
    const tooLong = setTimeout(() => this.channel.close(), INHERITED_CHANNEL);
    await this.channelClosed;
    clearTimeout(tooLong);
    this.forks.fail();
    const partialOutput = this.executions.end();
    const { killedFor, endedFor } = this;
    const { limits } = this.parts;
    const death = deathOf({ exit, killedFor, endedFor, limits });
    this.observer.died({ ...death, partialOutput });
  }

  private get running(): Submission | undefined {
    return this.executions.running;
  }

  private receive(connection: ChannelConnection): void {
    const { socket } = connection;
    connection.receiveBy({
      decoder: new FrameDecoder((...frame) => this.take(...frame)),
      end: (reason) => {
        socket.destroy();
        this.kill({ cause: 'channel', reason });
      },
    });
    // Usually the process has just died and the supervisor is about to report why. A process that
    // lives on without its channel cannot reply any more, so it is killed, unless it ends anyway.
    const isLost = (): void =>
      void setTimeout(() => {
        if (!this.endedFor && !hasEnded(this.pid)) this.kill(CLOSED_CHANNEL);
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
        const { connection, message } = decodePush(payload, isOwn);
        this.executions.holdUntil(this.observer.pushed(connection, message));
        return;
      }
      case FrameType.BEGUN:
        this.takeBegun(decodeBegun(payload));
        return;
      case FrameType.SHOWN:
        this.takeShown(decodeShown(payload, isOwn));
        return;
      case FrameType.RETURNED:
        this.takeReturned(decodeReturned(payload));
        return;
      case FrameType.VALUE:
        this.takeValue(decodeValueFrame(payload, isOwn, this.functions.find));
        return;
      case FrameType.CALL:
        void this.answerCall(decodeCall(payload, isOwn, this.functions.find));
        return;
      case FrameType.RELEASED:
        this.functions.forget(decodeReleased(payload));
        return;
      case FrameType.LOG:
        this.observer.logged(decodeLog(payload));
        return;
      case FrameType.INPUT_REQUEST:
        if (!this.running?.answersInput)
          throw new FrameError('INPUT_REQUEST of an execution without input');
        this.observer.asked(this.running.id, decodeInputRequest(payload));
        return;
      case FrameType.FORKING:
        this.forks.begins(decodeForking(payload).session, () => this.killStuckFork());
        return;
      case FrameType.FORKED:
        this.forks.take(decodeForked(payload));
        return;
      case FrameType.INTERRUPTED:
        if (decodeNumber(payload) === this.interrupting?.execution) this.interrupting.end();
        return;
      default:
        throw new FrameError(`a frame of unknown type ${type}`);
    }
  }

  /** Its fork(2) waits for good, so the state is lost: threads of a library hold their locks. */
  private killStuckFork(): void {
    const limit = `${FORK_TIMEOUT / 1000} s`;
    this.forks.fail(
      `did not come out of fork(2) within ${limit}, as a thread of it (of BLAS, for example) was at work, and was killed`,
    );
    const reason = `it did not come out of fork(2) within ${limit}, as a thread of it was at work, and was killed`;
    this.kill({ cause: 'not-stopped', reason });
  }

  private takeDone(done: Done): void {
    if (done.execution !== this.running?.id) {
      throw new FrameError('DONE of an execution that is not running');
    }
    if (done.execution === this.interrupting?.execution) this.interrupting.end();
    if (!done.hasBegun) this.functions.forget(this.running.operation?.functions.keys() ?? []);
    const { value } = this;
    this.value = undefined;
    const returned = this.returned.take();
    this.executions.done(returned === '' ? done : { ...done, returned }, value);
  }

  private takeReturned({ execution, part }: Returned): void {
    if (execution !== this.running?.id) {
      throw new FrameError('RETURNED of an execution that is not running');
    }
    this.returned.add(part);
  }

  private async answerCall({ call, ...rest }: CallFrame): Promise<void> {
    const reply = await this.functions.call(rest);
    contain(
      () => this.channel.sendParts(encodeCallReply(call, reply)),
      (reason) => this.kill({ cause: 'channel', reason }),
    );
  }

  private takeValue({ execution, value }: ValueFrame): void {
    if (execution !== this.running?.id || !this.running.operation) {
      throw new FrameError('VALUE of an execution that is not running');
    }
    this.value = value;
  }

  private takeBegun(begun: Begun): void {
    if (begun.execution !== this.running?.id || !this.running.isInteractive) {
      throw new FrameError('BEGUN of an execution that is not running');
    }
    this.executions.begins(begun);
  }

  private takeShown(frame: ShownFrame): void {
    if (frame.execution !== this.running?.id || !this.executions.hasBegun) {
      throw new FrameError('SHOWN by an execution that is not running');
    }
    this.executions.shown(frame);
  }
}
