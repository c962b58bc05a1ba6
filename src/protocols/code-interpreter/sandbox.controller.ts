import { All, HttpStatus, Res } from '@nestjs/common';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { type PlatformResponse, takeOver } from '../../http/platform/take-over.js';
import type { ReceivedRequest } from '../../http/received-body.js';
import { Received } from '../../http/received-request.decorator.js';
import { CodeInterpreterErrorFilter } from './code-interpreter-error.filter.js';

/** Paths of the API for files, commands and terminals that the sandboxes of the SDKs have besides. */
const SANDBOX_PATHS = ['files', 'filesystem.Filesystem/:call', 'process.Process/:call'];

/** As the Connect protocol, which that API speaks, has it. */
const REFUSAL = {
  code: 'unimplemented',
  message:
    'Files, commands and terminals of a sandbox are not served here, only its code interpreter: use runCode(), with open() for files and !command for commands.',
};

/** The type of calls of the Connect protocol that are answered by a stream of messages. */
const STREAMING = /^application\/connect\+/;
/** Of the message that ends such a stream. */
const END_OF_STREAM = 2;

/** Says of that API that it is not here, in a way that its clients show to their users. */
@GuardedController(CodeInterpreterErrorFilter)
export class SandboxController {
  @All(SANDBOX_PATHS)
  refuse(
    @Received() { message }: ReceivedRequest,
    @Res() platformResponse: PlatformResponse,
  ): void {
    message.resume();
    const response = takeOver(platformResponse);
    const type = message.headers['content-type'] ?? '';
    if (STREAMING.test(type)) {
      response.writeHead(HttpStatus.OK, { 'Content-Type': type });
      response.end(endOfStream({ error: REFUSAL }));
      return;
    }
    const body = { statusCode: HttpStatus.NOT_IMPLEMENTED, ...REFUSAL };
    response.writeHead(HttpStatus.NOT_IMPLEMENTED, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  }
}

function endOfStream(trailer: object): Buffer {
  const json = Buffer.from(JSON.stringify(trailer));
  const head = Buffer.alloc(5);
  head.writeUInt8(END_OF_STREAM);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, json]);
}
