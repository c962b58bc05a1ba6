import { Inject, Injectable } from '@nestjs/common';
import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ExecutionEvent } from '../execution/observing/execution-event.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { VERSION } from '../version.js';

/**
 * Records an OpenTelemetry span for each execution, as a child of the span that is active at the
 * request. Records nothing without an SDK in the application, and never the code.
 */
@Injectable()
export class ExecutionSpans {
  private readonly tracer = trace.getTracer('fujian', VERSION);
  private readonly spans = new Map<number, Span>();

  constructor(@Inject(PythonInterpreterService) python: PythonInterpreterService) {
    python.executionEvents.subscribe((event) => this.note(event));
  }

  private note(event: ExecutionEvent): void {
    const { id } = event.execution;
    if (event.type === 'submitted') {
      this.submitted(event);
      return;
    }
    const span = this.spans.get(id);
    if (!span) return;
    switch (event.type) {
      case 'begun':
        span.addEvent('begun');
        return;
      case 'interrupted':
        span.addEvent('interrupted', { 'fujian.cause': event.by });
        return;
      case 'ended': {
        const { outcome, reason, waited, output } = event;
        this.spans.delete(id);
        span.setAttributes({
          'fujian.outcome': outcome,
          'fujian.waited_ms': waited,
          'fujian.stdout_bytes': output.stdout,
          'fujian.stderr_bytes': output.stderr,
          ...(reason !== undefined && { 'error.type': reason }),
        });
        if (outcome !== 'completed') {
          const message = reason === undefined ? outcome : `${outcome}: ${reason}`;
          span.setStatus({ code: SpanStatusCode.ERROR, message });
        }
        span.end();
      }
    }
  }

  private submitted({ execution }: ExecutionEvent): void {
    const { id, session, origin, kind, isIsolated } = execution;
    const attributes: Attributes = {
      'fujian.session': session,
      'fujian.protocol': origin.protocol,
      'fujian.kind': kind,
      'fujian.isolated': isIsolated,
      ...(origin.requestId !== undefined && { 'fujian.request_id': origin.requestId }),
    };
    const span = this.tracer.startSpan(`python ${kind}`, { attributes });
    if (span.isRecording()) this.spans.set(id, span);
  }
}
