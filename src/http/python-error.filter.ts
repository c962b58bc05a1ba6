import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { PythonError } from '../errors/call-errors.js';
import { FujianError } from '../errors/fujian-error.js';
import { type Answer, answerToFujianError, jsonAnswer } from './error.filter.js';

const TRANSPORTS = ['http', 'rpc', 'ws'];

/** The context of a message over WebSocket, which `@nestjs/websockets` calls WsArgumentsHost. */
type WsHost = ReturnType<ArgumentsHost['switchToWs']>;

/** Client of an adapter for ws, or for socket.io. */
interface WsClient {
  /** Only sockets of ws have it. Their `emit` reaches nobody. */
  readonly readyState?: unknown;
  send(message: string): void;
  emit(event: string, message: unknown): void;
}

/**
 * Exception filter for routes, message handlers and gateways of applications that import
 * `ExecutionModule`: answers errors of Python as Fujian's protocols do, except that a 500 shows its
 * client nothing but the code. The details, such as paths, values and tracebacks, go to the log.
 *
 * An exception of Python code is a 500, not a 502: a part of the application has failed, as a
 * function of its own would, and proxies take a 502 for a server that is down, retry elsewhere, or
 * replace the page.
 */
@Catch(FujianError)
export class PythonErrorFilter implements ExceptionFilter<FujianError> {
  private readonly logger = new Logger('Python');

  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(error: FujianError, host: ArgumentsHost): Observable<never> | void {
    const type = host.getType<string>();
    if (!TRANSPORTS.includes(type)) throw error; // for the filters of that transport
    const answer = this.answerTo(error);
    if (answer.status >= 500 && answer.status !== 503) {
      this.logger.error(error instanceof PythonError ? error.traceback : error);
    }
    if (type === 'rpc') return throwError(() => messageOf(answer));
    if (type === 'ws') this.emit(answer, host.switchToWs());
    else this.reply(answer, host.switchToHttp().getResponse<unknown>());
  }

  /** Override this where an error means something else to the clients of an application. */
  protected answerTo(error: FujianError): Answer {
    const answer = answerToFujianError(error);
    if (answer.status !== 500) return answer;
    return jsonAnswer(500, error.code, 'Python failed; the log of the server says why.');
  }

  private reply({ status, body, headers = {} }: Answer, response: unknown): void {
    const { httpAdapter: adapter } = this.adapterHost;
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
    adapter.reply(response, body, status);
  }

  /** Sends the event that Nest's own filter sends, which names the message that failed. */
  private emit(answer: Answer, ws: WsHost): void {
    const client = ws.getClient<WsClient>();
    const cause = { pattern: ws.getPattern(), data: ws.getData<unknown>() };
    const data = { ...messageOf(answer), cause };
    if (typeof client.readyState !== 'number') client.emit('exception', data);
    else client.send(JSON.stringify({ event: 'exception', data }));
  }
}

/** Returns an answer as clients of Nest's microservices and gateways know errors. */
function messageOf({ body }: Answer): object {
  return typeof body === 'object'
    ? { status: 'error', ...body }
    : { status: 'error', message: body };
}
