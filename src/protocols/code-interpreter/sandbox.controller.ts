import { All, HttpStatus, Res } from '@nestjs/common';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { type PlatformResponse, hijackResponse } from '../../http/platform/hijack-response.js';
import { Received, type ReceivedRequest } from '../../http/request-body.js';
import { CodeInterpreterErrorFilter } from './code-interpreter-error.filter.js';

/** Paths of the sandbox API of the SDKs: files, commands and terminals. */
const SANDBOX_PATHS = ['files', 'filesystem.Filesystem/:call', 'process.Process/:call'];

/** A refusal in the form of the Connect protocol, which that API uses. */
const REFUSAL = {
  code: 'unimplemented',
  message:
    'Files, commands and terminals of a sandbox are not served here, only its code interpreter: use runCode(), with open() for files and !command for commands.',
};

/** Content-Type of streaming calls of the Connect protocol. */
const STREAMING = /^application\/connect\+/;
/** Flag of the last message of a stream. */
const END_OF_STREAM = 2;

/** Refuses the sandbox API, in a form that its clients show to their users. */
@GuardedController(CodeInterpreterErrorFilter)
export class SandboxController {
  @All(SANDBOX_PATHS)
  refuse(
    @Received() { message }: ReceivedRequest,
    @Res() platformResponse: PlatformResponse,
  ): void {
    message.resume();
    const response = hijackResponse(platformResponse);
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
