import type { Output } from '../../../../errors/interpreter-death.js';
import { joinedOnDemand } from '../../../joined-on-demand.js';
import { LongText, type Text } from '../../../long-text.js';
import type { InterpreterObserver, OutputTexts, Submission } from '../../engine.js';
import type { Begun, Done, ShownFrame } from '../channel/messages.js';
import { needsBarrier } from './needs-barrier.js';
import { OutputPipe, type PipedOutput } from './output-pipe.js';
import type { SessionChannel } from '../channel/session-channel.js';

const STREAMS = ['stdout', 'stderr'] as const;

/** A session's pipes and output limit. */
export interface OutputParts {
  readonly stdoutPath: string;
  readonly stderrPath: string;
  readonly marker: Buffer;
  readonly outputLimit: number;
}

/** A report that waits for the output before it. */
type Report = DoneReport | { readonly kind: 'shown'; readonly frame: ShownFrame; reported(): void };

interface DoneReport {
  readonly kind: 'done';
  readonly done: Done;
  readonly value: unknown;
}

/** Execution that was sent and not reported as done. */
interface UnderWay {
  readonly submission: Submission;
  /** Interactive code is `sent` until it begins: its output is not reported before. */
  stage: 'sent' | 'begun' | 'ended';
  /** An interrupted execution waits for no reader. */
  isInterrupted: boolean;
}

/** FIFO of a session's executions. Orders the frames of the channel with the output of the pipes. */
export class OrderedExecutions {
  private readonly pipes: Record<keyof Output, OutputPipe>;
  private readonly underWay: UnderWay[] = [];
  private readonly reports: Report[] = [];
  /** Number of readers, of streamed output and pushes, that hold back the pipes. */
  private outputHolds = 0;
  private isExiting = false;
  /** Whether the process has ended and its pipes have been drained. */
  private dead = false;

  constructor(
    private readonly parts: OutputParts,
    private readonly channel: SessionChannel,
    private readonly observer: InterpreterObserver,
    /** Ends the session: its output could not be handled. */
    private readonly endSession: (reason: string) => void,
  ) {
    this.pipes = {
      stdout: this.openPipe(parts.stdoutPath, 'stdout'),
      stderr: this.openPipe(parts.stderrPath, 'stderr'),
    };
  }

  /** The running execution. Undefined if the session is idle. */
  get running(): Submission | undefined {
    return this.current?.submission;
  }

  private get current(): UnderWay | undefined {
    return this.underWay.find(({ stage }) => stage !== 'ended');
  }

  /** Returns whether a barrier has to come before this execution. */
  isApartFromLast(execution: Submission): boolean {
    const last = this.underWay.at(-1);
    return last !== undefined && needsBarrier(last.submission, execution);
  }

  add(submission: Submission): void {
    const stage = submission.isInteractive ? 'sent' : 'begun';
    this.underWay.push({ submission, stage, isInterrupted: false });
  }

  /** Reports that the running interactive execution begins. */
  begins({ execution, count }: Begun): void {
    this.current!.stage = 'begun';
    this.observer.began(execution, count);
    this.report();
  }

  /** Whether the running execution has begun. */
  get hasBegun(): boolean {
    return this.current?.stage === 'begun';
  }

  /** Reports a display of the running execution, after the output before it. */
  shown(frame: ShownFrame): void {
    if (frame.barrier === 0) {
      this.holdUntil(this.observer.showed(frame.execution, frame.shown));
      return;
    }
    // Pauses the channel meanwhile, so that reports do not pile up behind a slow reader.
    const isReported = new Promise<void>((reported) =>
      this.reports.push({ kind: 'shown', frame, reported }),
    );
    this.report();
    if (this.reports.length > 0) void this.channel.holdUntil(isReported);
  }

  /** Reports the end of the running execution and its value. */
  done(done: Done, value: unknown): void {
    this.current!.stage = 'ended';
    this.reports.push({ kind: 'done', done, value });
    this.report();
  }

  /** Applies backpressure until the reader is ready. */
  holdUntil(ready: Promise<void> | undefined): void {
    if (!ready || this.isExiting || this.current?.isInterrupted) return;
    // Holds the pipes too, or the next execution's output would pile up.
    void this.channel.holdUntil(ready);
    void this.holdOutputUntil(ready);
  }

  /** The running execution is interrupted: a slow client must not delay its end. */
  interrupted(): void {
    if (this.current) this.current.isInterrupted = true;
    this.channel.endHolds();
    for (const stream of STREAMS) this.pipes[stream].resume();
  }

  /** Ends backpressure for good, because the process has ended. */
  waitNoMore(): void {
    this.isExiting = true;
    this.channel.endHolds();
  }

  /** Drains the pipes after the channel has ended. Returns the running execution's unreported output. */
  end(): Output {
    for (const stream of STREAMS) this.pipes[stream].drainAndClose();
    this.dead = true;
    this.report();
    return joinedOnDemand(this.takeOutput());
  }

  private openPipe(path: string, stream: keyof Output): OutputPipe {
    const { marker, outputLimit } = this.parts;
    // Displays split the output of a streaming execution, so there may be more pieces than executions.
    const limitOf = (piece: number) => {
      const execution = this.executionsApart[piece] ?? this.underWay.at(-1)?.submission;
      return !execution || execution.streams ? Infinity : outputLimit;
    };
    const pipe = new OutputPipe(path, marker, limitOf, () => onRead(), this.endSession);
    const onRead = (): void => {
      this.report();
      if (this.underWay.length > 0) return;
      for (const bytes of pipe.takeBetweenExecutions()) {
        this.observer.printedBetweenRuns(stream, bytes);
      }
    };
    return pipe;
  }

  /** Unreported executions with a barrier before them. */
  private get executionsApart(): readonly Submission[] {
    return this.underWay
      .map(({ submission }) => submission)
      .filter((one, at, all) => at === 0 || needsBarrier(all[at - 1]!, one));
  }

  /** Sends every report whose output is complete, in order, and the streamed output so far. */
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

  private reportDone({ done, value }: DoneReport, { stdout, stderr }: OutputTexts): void {
    const { execution, hasBegun, returned, error } = done;
    this.underWay.shift();
    this.observer.done(execution, { stdout, stderr, hasBegun, returned, value, error });
  }

  private reportShown({ execution, shown }: ShownFrame): void {
    this.takeOutput(); // already reported, as the execution streams
    this.holdUntil(this.observer.showed(execution, shown));
  }

  /** Reports the output so far of a streaming execution. */
  private reportPrinted(): void {
    const [first] = this.underWay;
    if (!first?.submission.streams || (first.stage === 'sent' && !this.dead)) return;
    for (const stream of STREAMS) {
      for (const bytes of this.pipes[stream].takeSoFar()) {
        const ready = this.observer.printed(first.submission.id, stream, bytes);
        if (ready && !this.isExiting) void this.holdOutputUntil(ready);
      }
    }
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
   * Returns whether the output before a report is complete. A barrier ends an execution's output if
   * output was unread at its end, or if another execution with reported output was sent ahead.
   */
  private hasAllOutputBefore(report: Report): boolean {
    const isUnmarked = report.kind === 'done' && report.done.barrier === 0;
    if (this.dead || (isUnmarked && !this.isNextApart)) return true;
    return this.pipes.stdout.hasEnded && this.pipes.stderr.hasEnded;
  }

  /** Returns whether no barrier separates this output from that of the next execution. */
  private hasOutputWithNext(report: Report): boolean {
    const isUnmarked = report.kind === 'done' && report.done.barrier === 0;
    return isUnmarked && this.isNextApart === false;
  }

  /** Whether a barrier separates the first two executions; undefined if there are not two. */
  private get isNextApart(): boolean | undefined {
    const [first, next] = this.underWay;
    return first && next && needsBarrier(first.submission, next.submission);
  }

  /** Discards the unreported output read so far. */
  private letGoOfOutput(): OutputTexts {
    for (const stream of STREAMS) this.pipes[stream].takeSoFar();
    return { stdout: '', stderr: '' };
  }

  private takeOutput(): OutputTexts {
    const { stdout, stderr } = this.pipes;
    return { stdout: pipedText(stdout.take()), stderr: pipedText(stderr.take()) };
  }
}

function pipedText({ blocks, dropped }: PipedOutput): Text {
  const text = LongText.of(blocks);
  if (dropped === 0 || text === '') return text;
  const kept = blocks.reduce((sum, { length }) => sum + length, 0);
  const notice = `\n[fujian: output cut here after ${kept} bytes, ${dropped} more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`;
  return LongText.join(text, notice);
}
