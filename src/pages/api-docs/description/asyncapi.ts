import { VERSION } from '../../../version.js';
import { type SchemaName, schemas } from './schemas.js';

const SCHEMAS: SchemaName[] = ['Reply'];

const ABOUT = `Runs Python code in interpreters that stay.

The rules of access are those of HTTP, and a handshake that is refused gets an HTTP answer: 401, 403, or 404 if there is
no such session. A token comes in \`Authorization: Bearer\`; in a browser, as the subprotocol \`fujian.token.<token>\`, or as
\`?token=\`. The service closes with 1001 when it stops, 1009 after a message that is too large
(\`FUJIAN_MESSAGE_LIMIT\`), and 1000 when the session is closed.

HTTP is described by [OpenAPI](openapi.json).`;

const MESSAGES = {
  code: {
    title: 'Python source',
    payload: { type: 'string' },
    examples: [{ payload: 'print("hello")' }],
  },
  reply: {
    title: 'The output and the return value of code',
    description:
      'Not sent if it is empty. `traceback` also says why code was refused, or that its interpreter ' +
      'died. Output between executions comes as a message of this kind too.',
    contentType: 'application/json',
    payload: { $ref: '#/components/schemas/Reply' },
    examples: [{ payload: { stdout: 'hello\n', stderr: '', return: '' } }],
  },
  pushed: {
    title: 'A message that Python pushes',
    description:
      'By `FUJIAN_WS.write_message()`, at any time: text as it is, a `dict` as JSON, bytes as a binary message.',
    payload: { type: 'string' },
    examples: [{ payload: '{"progress": 0.5}' }],
  },
};
type MessageName = keyof typeof MESSAGES;
const NAMES = Object.keys(MESSAGES) as MessageName[];

const CHANNELS = {
  main: { address: '/websocket/', title: 'The session main' },
  context: {
    address: '/contexts/{id}/websocket/',
    title: 'A session',
    parameters: { id: { description: 'Id of the session.' } },
  },
};
type ChannelName = keyof typeof CHANNELS;

/** Returns the AsyncAPI document of the service. */
export function asyncApiDocument(): object {
  const channels = Object.entries(CHANNELS) as [ChannelName, object][];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Fujian',
      version: VERSION,
      description: ABOUT,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'text/plain',
    servers: {
      here: {
        host: 'localhost:1987',
        protocol: 'ws',
        security: [{ type: 'http', scheme: 'bearer' }],
      },
    },
    channels: Object.fromEntries(
      channels.map(([name, channel]) => [
        name,
        {
          ...channel,
          messages: Object.fromEntries(
            NAMES.map((message) => [message, { $ref: `#/components/messages/${message}` }]),
          ),
          bindings: { ws: { method: 'GET' } },
        },
      ]),
    ),
    operations: Object.fromEntries(
      channels.flatMap(([name]) => [
        [`${name}.execute`, operation('receive', name, ['code'], 'Runs the code in a message.')],
        [
          `${name}.tell`,
          operation('send', name, ['reply', 'pushed'], 'Sends replies and pushed messages.'),
        ],
      ]),
    ),
    components: { messages: MESSAGES, schemas: schemas(SCHEMAS) },
  };
}

function operation(
  action: 'send' | 'receive',
  channel: ChannelName,
  messages: readonly MessageName[],
  summary: string,
): object {
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    summary,
    messages: messages.map((message) => ({ $ref: `#/channels/${channel}/messages/${message}` })),
  };
}
