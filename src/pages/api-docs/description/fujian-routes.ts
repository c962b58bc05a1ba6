import { FujianController } from '../../../protocols/fujian/fujian.controller.js';
import {
  type DescribedRoute,
  type DescribedRoutes,
  describeRoutes,
  error,
  json,
  unavailable,
} from './descriptions.js';
import { refTo } from './schemas.js';

const RETURNED = { stdout: 'hello\n', stderr: '', return: '42' };
const RAISED = {
  ...RETURNED,
  return: '',
  traceback: 'Traceback (most recent call last):\n  …\nZeroDivisionError: division by zero\n',
};

const RUN: Pick<DescribedRoute, 'query' | 'body' | 'answers'> = {
  query: {
    name: 'isolated',
    description:
      'Run in a fork of the session, which is discarded afterwards: without a value, `true` or `1`.',
    schema: { type: 'string', pattern: '^(true|1|false|0)?$' },
  },
  body: {
    type: 'text/plain',
    required: false,
    schema: { type: 'string', description: 'Python source, in UTF-8 or the charset of the type.' },
    example: 'print("hello"); fujian_return = 6 * 7',
  },
  answers: {
    200: json('Reply', 'The code ran.', RETURNED),
    400: {
      description: 'The code raised; or the body is not valid UTF-8, or `isolated` no flag.',
      content: {
        'application/json': {
          schema: { anyOf: [refTo('Reply'), refTo('Error')] },
          example: RAISED,
        },
      },
    },
    413: error('The body is too large (`FUJIAN_BODY_LIMIT`).'),
    415: error('The charset is unknown, or the body is compressed.'),
    500: json('Reply', 'The interpreter ended; another one takes its place.', {
      ...RAISED,
      traceback: 'The Python interpreter ended: exit code 3. A new interpreter takes its place, …',
    }),
    503: unavailable(
      'The queue is full, too many interpreters have died, or clients send too much at one time.',
    ),
  },
};

const ROUTES: DescribedRoutes<FujianController> = {
  ping: {
    summary: 'Ping',
    description: 'Says that the service runs, without a token too.',
    answers: { 200: { description: 'An empty body.' } },
  },
  exec: {
    summary: 'Run code in `main`',
    description: 'One execution after another, in one lasting namespace.',
    ...RUN,
  },
  execIn: {
    summary: 'Run code in a session',
    description: 'As `POST /`.',
    parameters: { id: 'Id of the session.' },
    ...RUN,
    answers: { ...RUN.answers, 404: error('There is no such session.') },
  },
};

export const describeFujianRoutes = (): void =>
  describeRoutes(FujianController, 'The Fujian protocol', ROUTES);
