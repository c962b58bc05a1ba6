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

const ID = { id: 'Of the session.' };
const NOT_FOUND = text('There is no such session.', 'Context lab not found');
const BODY_ANSWERS = {
  400: error('The body is not JSON, or does not fit.'),
  413: error('The body is too large.'),
  415: error('The body is compressed.'),
};
const NULL = {
  description: 'It is.',
  content: { 'application/json': { schema: { type: 'null' } } },
};

const CODE_INTERPRETER: DescribedRoutes<CodeInterpreterController> = {
  health: {
    summary: 'Whether the service is well',
    answers: {
      200: {
        description: 'It is.',
        content: { 'application/json': { schema: { type: 'string', const: 'OK' } } },
      },
      503: error('Code cannot be run now: `message` says why.'),
    },
  },
  execute: {
    summary: 'Run code, and hear of it as it happens',
    body: {
      type: 'application/json',
      schema: refTo('ExecuteBody'),
      example: { code: 'print(1); 2' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description:
          'The code was accepted. One JSON object a line, each an `ExecutionLine`, sent as things happen.',
        // Not a `schema`: the type that clients expect is that of JSON, and what comes is lines of it.
        content: {
          'application/json': { 'x-itemSchema': refTo('ExecutionLine'), example: LINES },
        },
      },
      404: NOT_FOUND,
      503: unavailable('Too many executions wait, or too many interpreters have died.'),
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
    summary: 'A new session',
    body: {
      type: 'application/json',
      required: false,
      schema: refTo('NewContext'),
      example: { id: 'lab' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Context', 'It is there.', CONTEXT),
      400: error('The body does not fit, or no session can be made of it.'),
      409: error('The id is taken.'),
      503: unavailable('There are as many sessions as there may be (`FUJIAN_MAX_SESSIONS`).'),
    },
  },
  inspect: {
    summary: 'A session',
    parameters: ID,
    answers: { 200: json('Context', 'How it is.', CONTEXT), 404: NOT_FOUND },
  },
  interrupt: {
    summary: 'Raise KeyboardInterrupt in the code that runs',
    parameters: ID,
    answers: { 200: json('Interruption', 'Done.', { interrupted: true }), 404: NOT_FOUND },
  },
  restart: {
    summary: 'Give the session a new interpreter',
    parameters: ID,
    answers: { 200: { ...NULL, description: 'It has one.' }, 404: NOT_FOUND },
  },
  fork: {
    summary: 'A new session with the state of another',
    parameters: ID,
    body: {
      type: 'application/json',
      required: false,
      schema: refTo('NewFork'),
      example: { id: 'trial' },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Fork', 'It is there.', { ...CONTEXT, id: 'trial', lostThreads: [] }),
      404: NOT_FOUND,
      409: error('The id is taken, or the session runs code.'),
      503: unavailable('There are as many sessions as there may be (`FUJIAN_MAX_SESSIONS`).'),
    },
  },
  complete: {
    summary: 'What may follow what is typed',
    parameters: ID,
    body: {
      type: 'application/json',
      schema: refTo('Completion'),
      example: { code: 'impo', cursor: 4 },
    },
    answers: {
      ...BODY_ANSWERS,
      200: json('Completions', 'As the session is now; nothing of it is run.', {
        matches: [{ text: 'import', kind: 'keyword' }],
        start: 0,
        end: 4,
      }),
      404: NOT_FOUND,
      409: error('The session runs code.'),
    },
  },
  close: {
    summary: 'End a session and all that it started',
    parameters: ID,
    answers: {
      200: { ...NULL, description: 'It is gone.' },
      404: NOT_FOUND,
      409: error('`main` is there as long as the service is.'),
    },
  },
};

const SANDBOX: DescribedRoutes<SandboxController> = {
  refuse: {
    summary: 'Not served: files, commands and terminals of sandboxes',
    description: 'Whatever the method: the clients of these paths are told what to use instead.',
    answers: { 501: error('Always.') },
  },
};

export function describeCodeInterpreterRoutes(): void {
  describeRoutes(CodeInterpreterController, 'Code interpreter', CODE_INTERPRETER);
  describeRoutes(ContextsController, 'Sessions', CONTEXTS);
  describeRoutes(SandboxController, 'Code interpreter', SANDBOX);
}
