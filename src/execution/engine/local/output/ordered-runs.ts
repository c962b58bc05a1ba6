import type { ExecutionId } from '../../../ids.js';
import type { Output } from '../../../../errors/interpreter-death.js';
import { textOf } from '../../../output-text.js';
import type { InterpreterObserver, Submission } from '../../engine.js';
import type { Begun, Done, ShownFrame } from '../channel/messages.js';
import { needsBarrier } from './needs-barrier.js';
import { withoutOurFrames } from './our-frames.js';
import { OutputPipe, type PipedOutput } from './output-pipe.js';
import type { SessionChannel } from '../channel/session-channel.js';

const STREAMS = ['stdout', 'stderr'] as const;

/** The pipes of a session, and what is kept of what comes through them. */
export interface OutputParts {
  readonly stdoutPath: string;
  readonly stderrPath: string;
  readonly marker: Buffer;
  readonly outputLimit: number;
}

/** Something that is to be reported when the output before it is here. */
type Report = DoneReport | { readonly kind: 'shown'; readonly frame: ShownFrame; reported(): void };

interface DoneReport {
  readonly kind: 'done';
  readonly done: Done;
  readonly value: unknown;
}

/** What a session was given to run. What the channel says of it is reported in order with its output. */
export class OrderedRuns {
  private readonly pipes: Record<keyof Output, OutputPipe>;
  /** Handed over and not reported as done. */
  private readonly underWay: Submission[] = [];
  private readonly reports: Report[] = [];
  /** Runs that ended and were not reported yet. */
  private ended = 0;
  /** The interactive run that has begun last. Before that, what comes is not reported. */
  private begun: ExecutionId | undefined;
  /** Readers of streamed output, and of pushes, that are behind. */
  private outputHolds = 0;
  private lastInterrupted: ExecutionId | undefined;
  private isExiting = false;
  /** Gone, and all that it left behind has been read. */
  private dead = false;

  constructor(
    private readonly parts: OutputParts,
    private readonly channel: SessionChannel,
    private readonly observer: InterpreterObserver,
  ) {
    this.pipes = {
      stdout: this.openPipe(parts.stdoutPath, 'stdout'),
      stderr: this.openPipe(parts.stderrPath, 'stderr'),
    };
  }

  /** Undefined: none does. */
  get running(): Submission | undefined {
    return this.underWay[this.ended];
  }

  /** Whether a barrier is to come before it. */
  isApartFromLast(execution: Submission): boolean {
    const last = this.underWay.at(-1);
    return last !== undefined && needsBarrier(last, execution);
  }

  add(execution: Submission): void {
    this.underWay.push(execution);
  }

  /** What runs begins, and is interactive. */
  begins({ execution, count }: Begun): void {
    this.begun = execution;
    this.observer.began(execution, count);
    this.report();
  }

  /** Whether it is the interactive one that has begun last. */
  isBegun(execution: ExecutionId): boolean {
    return this.begun === execution;
  }

  /** By what runs. */
  shown(frame: ShownFrame): void {
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

  /** What runs has ended, and come to this value. */
  done(done: Done, value: unknown): void {
    this.ended += 1;
    this.reports.push({ kind: 'done', done, value });
    this.report();
  }

  /** Until the reader of what was reported is ready, nothing more is taken in. */
  holdUntil(ready: Promise<void> | undefined): void {
    const isToEnd = this.isExiting || this.running?.id === this.lastInterrupted;
    if (!ready || isToEnd) return;
    // The pipes too: what the next run prints would pile up before the end of this one is read.
    void this.channel.holdUntil(ready);
    void this.holdOutputUntil(ready);
  }

  /** It is interrupted. Or it would seem not to stop while a client does not read what it has sent. */
  waitNoMoreFor(execution: ExecutionId): void {
    this.lastInterrupted = execution;
    this.channel.endHolds();
    for (const stream of STREAMS) this.pipes[stream].resume();
  }

  /** The process is gone: no reader is waited for. */
  waitNoMore(): void {
    this.isExiting = true;
    this.channel.endHolds();
  }

  /** Nothing more comes over the channel. Answers what was printed and not reported: by what ran. */
  end(): Output {
    for (const stream of STREAMS) this.pipes[stream].drainAndClose();
    this.dead = true;
    this.report();
    return this.takeOutput();
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
}

function pipedText({ bytes, dropped }: PipedOutput): string {
  if (bytes.length === 0) return '';
  const text = textOf(withoutOurFrames(bytes));
  if (dropped === 0) return text;
  return `${text}\n[fujian: output cut here after ${bytes.length} bytes, ${dropped} more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`;
}
