import { Logger } from '@nestjs/common';
import { vi } from 'vitest';
import { InterpreterStartError } from '../../../errors/start-errors.js';
import { MAIN_SESSION } from '../../ids.js';
import { ExecutionObserver } from '../../observing/execution-observer.js';
import { InterpreterSession } from '../interpreter-session.js';
import type { SessionSettings } from '../session-settings.js';
import { ScriptedEngine } from './scripted-engine.js';

export const SETTINGS: SessionSettings = {
  timeout: 0,
  interruptGrace: 1_000,
  exitGrace: 1_000,
  outputLimit: 1_000,
  queueLimit: 20,
  queuedOnDeath: 'refuse',
  startup: [],
  cwd: undefined,
  env: {},
  limits: {},
  isReplaced: true,
  deathLimit: 3,
  deathWindow: 60_000,
  deathPause: 10_000,
};
export const STARTUP = {
  code: 'startup',
  filename: 'startup.py',
  what: 'the start-up file startup.py',
  Failure: InterpreterStartError,
};
export function newSession(settings: Partial<SessionSettings> = {}) {
  const engine = new ScriptedEngine();
  const silent = () => {};
  const logger = Object.assign(new Logger('test'), { error: silent, warn: silent, log: silent });
  const observer = new ExecutionObserver();
  const session = new InterpreterSession(
    MAIN_SESSION,
    { ...SETTINGS, ...settings },
    { engine, logger, observer },
  );
  return { engine, session, observer };
}

/** Returns a session whose first interpreter is live. */
export async function liveSession(settings: Partial<SessionSettings> = {}) {
  const { engine, session } = newSession(settings);
  const started = session.start();
  const interpreter = engine.begin();
  await started;
  return { engine, session, interpreter };
}

/** Runs everything that is due now. Timers are faked. */
export const settle = () => vi.advanceTimersByTimeAsync(0);
