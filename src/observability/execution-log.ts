import { Inject, Injectable, Logger } from '@nestjs/common';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';

/** Logs each ended execution at `debug`, never its code. */
@Injectable()
export class ExecutionLog {
  private readonly logger = new Logger('Execution');

  constructor(@Inject(PythonInterpreterService) python: PythonInterpreterService) {
    python.executionEvents.subscribe((event) => {
      if (event.type !== 'ended') return;
      const { execution, outcome, reason, waited, ran, output } = event;
      const { id, session, origin, kind, isIsolated } = execution;
      this.logger.debug(`${kind} ${id} ${outcome}`, {
        id,
        session,
        protocol: origin.protocol,
        ...(origin.requestId !== undefined && { requestId: origin.requestId }),
        kind,
        ...(isIsolated && { isolated: true }),
        outcome,
        ...(reason !== undefined && { reason }),
        waitedMs: rounded(waited),
        ranMs: rounded(ran),
        stdoutBytes: output.stdout,
        stderrBytes: output.stderr,
      });
    });
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
