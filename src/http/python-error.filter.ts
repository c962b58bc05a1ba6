import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PythonError } from '../errors/call-errors.js';
import { FujianError } from '../errors/fujian-error.js';
import { type Answer, answerToFujianError, jsonAnswer } from './error-answer.js';

/**
 * For the routes of applications that `ExecutionModule` is imported in: answers the errors of Python as our own
 * protocols do, except that a 500 tells its client no more than the code. The rest is in the log: paths, values and
 * tracebacks are nothing for whoever asks.
 *
 * What Python code raises is a 500, not a 502: it is a part of the application that fails, as a function of its own
 * would, and proxies take a 502 for a server that is down, ask another one, or put a page of theirs in its place.
 */
@Catch(FujianError)
export class PythonErrorFilter implements ExceptionFilter<FujianError> {
  private readonly logger = new Logger('Python');

  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(error: FujianError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error; // what becomes of it is for the filters of that kind
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

  /** To be overridden where an error means something else to the clients of an application. */
  protected answerTo(error: FujianError): Answer {
    const answer = answerToFujianError(error);
    if (answer.status !== 500) return answer;
    return jsonAnswer(500, error.code, 'Python failed; the log of the server says why.');
  }
}
