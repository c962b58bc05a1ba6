import { CodeInterpreterController } from '../../../protocols/code-interpreter/code-interpreter.controller.js';
import { ContextsController } from '../../../protocols/code-interpreter/contexts.controller.js';
import { SandboxController } from '../../../protocols/code-interpreter/sandbox.controller.js';
import {
  type DescribedRoutes,
  describeRoutes,
  error,
  json,
  text,
  unavailable,
} from './descriptions.js';
import { refTo } from './schemas.js';

const CONTEXT = {
  id: 'lab',
  language: 'python',
  cwd: '/home/me',
  state: 'idle',
  generation: 1,
  executions: 0,
  pending: 0,
  memory: 9_437_184,
  createdAt: '2026-01-01T12:00:00.000Z',
  lastActiveAt: '2026-01-01T12:00:00.000Z',
};

const LINES = `{"type":"number_of_executions","execution_count":1}
{"type":"stdout","text":"1\\n","timestamp":1764019800000000000}
{"type":"result","text":"2","is_main_result":true}
{"type":"end_of_execution"}
`;

const ID = { id: 'Id of the session.' };
const NOT_FOUND = text('There is no such session.', 'Context lab not found');
const BODY_ANSWERS = {
  400: error('The body is not JSON, or does not match the schema.'),
  413: error('The body is too large.'),
  415: error('The body is compressed.'),
};
const NULL = {
  description: 'It is.',
  content: { 'application/json': { schema: { type: 'null' } } },
};

const CODE_INTERPRETER: DescribedRoutes<CodeInterpreterController> = {
  health: {
    summary: 'Whether the service is healthy',
    answers: {
      200: {
        description: 'It is.',
        content: { 'application/json': { schema: { type: 'string', const: 'OK' } } },
      },
      503: error('Code cannot be run now: `message` says why.'),
    },
  },
  execute: {
    summary: 'Run code, and stream its output',
    body: {
      type: 'application/json',
      schema: refTo('ExecuteBody'),
      example: { code: 'print(1); 2' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description:
          'The code was accepted. One JSON object per line, each an `ExecutionLine`, sent as events occur.',
        // Not a `schema`: clients expect the type of JSON, but the body is lines of JSON.
        content: {
          'application/json': { 'x-itemSchema': refTo('ExecutionLine'), example: LINES },
        },
      },
      404: NOT_FOUND,
      503: unavailable('The queue is full, or too many interpreters have died.'),
    },
  },
};

const CONTEXTS: DescribedRoutes<ContextsController> = {
  list: {
    summary: 'All sessions',
    answers: {
      200: {
        description: 'The oldest first.',
        content: {
          'application/json': { schema: { type: 'array', items: refTo('Context') } },
        },
      },
    },
  },
  create: {
    summary: 'Create a session',
    body: {
      type: 'application/json',
      required: false,
      schema: refTo('NewContext'),
      example: { id: 'lab' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Context', 'The session.', CONTEXT),
      400: error('The body does not match the schema, or its options cannot be used.'),
      409: error('The id is taken.'),
      503: unavailable('There are as many sessions as there may be (`FUJIAN_MAX_SESSIONS`).'),
    },
  },
  inspect: {
    summary: 'A session',
    parameters: ID,
    answers: { 200: json('Context', 'The session.', CONTEXT), 404: NOT_FOUND },
  },
  interrupt: {
    summary: 'Raise KeyboardInterrupt in the code that runs',
    parameters: ID,
    answers: { 200: json('Interruption', 'Done.', { interrupted: true }), 404: NOT_FOUND },
  },
  restart: {
    summary: 'Give the session a new interpreter',
    parameters: ID,
    answers: {
      200: { ...NULL, description: 'The session has a new interpreter.' },
      404: NOT_FOUND,
    },
  },
  fork: {
    summary: 'Fork a session',
    parameters: ID,
    body: {
      type: 'application/json',
      required: false,
      schema: refTo('NewFork'),
      example: { id: 'trial' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Fork', 'The session.', { ...CONTEXT, id: 'trial', lostThreads: [] }),
      404: NOT_FOUND,
      409: error('The id is taken, or the session runs code.'),
      503: unavailable('There are as many sessions as there may be (`FUJIAN_MAX_SESSIONS`).'),
    },
  },
  complete: {
    summary: 'Complete code at a position',
    parameters: ID,
    body: {
      type: 'application/json',
      schema: refTo('Completion'),
      example: { code: 'impo', cursor: 4 },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Completions', 'From the current state of the session; the code is not run.', {
        matches: [{ text: 'import', kind: 'keyword' }],
        start: 0,
        end: 4,
      }),
      404: NOT_FOUND,
      409: error('The session runs code.'),
    },
  },
  close: {
    summary: 'Close a session, with all processes that it started',
    parameters: ID,
    answers: {
      200: { ...NULL, description: 'The session is closed.' },
      404: NOT_FOUND,
      409: error('`main` is there as long as the service is.'),
    },
  },
};

const SANDBOX: DescribedRoutes<SandboxController> = {
  refuse: {
    summary: 'Not served: files, commands and terminals of sandboxes',
    description: 'For every method: the message says what to use instead.',
    answers: { 501: error('Always.') },
  },
};

export function describeCodeInterpreterRoutes(): void {
  describeRoutes(CodeInterpreterController, 'Code interpreter', CODE_INTERPRETER);
  describeRoutes(ContextsController, 'Sessions', CONTEXTS);
  describeRoutes(SandboxController, 'Code interpreter', SANDBOX);
}
