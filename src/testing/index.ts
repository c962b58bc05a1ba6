export type { CallAnswer, ExecutionAnswer } from './answers.js';
export { FakePython } from './fake-python.js';
export { FakeSession } from './fake-session.js';
export type { OpenQuestion, Question } from './question.js';
export { type StartedPython, startPython } from './start-python.js';
export { UnansweredError } from './unanswered.error.js';
