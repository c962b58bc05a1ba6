import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PythonError } from '../errors/call-errors.js';
import { FujianError } from '../errors/fujian-error.js';
import { type Answer, answerToFujianError, jsonAnswer } from './error.filter.js';

/**
 * Exception filter for routes of applications that import `ExecutionModule`: answers errors of
 * Python as Fujian's protocols do, except that a 500 shows its client nothing but the code. The
 * details, such as paths, values and tracebacks, go to the log.
 *
 * An exception of Python code is a 500, not a 502: a part of the application has failed, as a
 * function of its own would, and proxies take a 502 for a server that is down, retry elsewhere, or
 * replace the page.
 */
@Catch(FujianError)
export class PythonErrorFilter implements ExceptionFilter<FujianError> {
  private readonly logger = new Logger('Python');

  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(error: FujianError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error; // for the filters of that transport
    const { httpAdapter: adapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<unknown>();
    const { status, body, headers = {} } = this.answerTo(error);
    if (status >= 500 && status !== 503) {
      this.logger.error(error instanceof PythonError ? error.traceback : error);
    }
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
    adapter.reply(response, body, status);
  }

  /** Override this where an error means something else to the clients of an application. */
  protected answerTo(error: FujianError): Answer {
    const answer = answerToFujianError(error);
    if (answer.status !== 500) return answer;
    return jsonAnswer(500, error.code, 'Python failed; the log of the server says why.');
  }
}
