import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FujianError } from '../../errors/fujian-error.js';
import { CircuitOpenError, InterpreterDiedError } from '../../errors/interpreter-death.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { SessionSettings } from './session-settings.js';
import { RAISED, RETURNED } from './testing/scripted-engine.js';
import { liveSession, newSession, SETTINGS, settle, STARTUP } from './testing/scripted-session.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('The interpreters of a session', () => {
  it('are counted as generations once they are ready', async () => {
    const { engine, session, interpreter } = await liveSession();
    expect(session.generation).toBe(1);
    interpreter.die();
    expect(session.generation).toBe(1);
    engine.refuse(new InterpreterStartError('none'));
    await settle();
    expect(session.generation).toBe(1);
    const restarted = session.restart();
    engine.begin();
    await restarted;
    expect(session.generation).toBe(2);
  });
});

describe('Too many deaths', () => {
  async function untilOpen(settings: Partial<SessionSettings> = {}) {
    const { engine, session } = await liveSession(settings);
    for (let death = 1; death <= SETTINGS.deathLimit; death++) {
      engine.latest!.die();
      if (engine.isStarting) engine.begin();
      await settle();
    }
    return { engine, session };
  }

  it('keep a session from starting interpreters for a while', async () => {
    const { engine, session } = await untilOpen();
    expect(engine.isStarting).toBe(false);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause - 1);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    expect(engine.interpreters).toHaveLength(SETTINGS.deathLimit);
  });

  it('are forgotten when an execution of the trial ends', async () => {
    const { engine, session } = await untilOpen();
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
    const result = session.execute('trial');
    const trial = engine.begin();
    await settle();
    trial.finish();
    await result;
    trial.die();
    expect(engine.isStarting).toBe(true);
  });

  it('open the circuit again if the trial dies', async () => {
    const { engine, session } = await untilOpen();
    await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
    const result = session.execute('trial');
    const trial = engine.begin();
    await settle();
    trial.die();
    await expect(result).rejects.toThrow(InterpreterDiedError);
    expect(engine.isStarting).toBe(false);
    await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
  });

  it('do not prevent a restart', async () => {
    const { engine, session } = await untilOpen();
    const restarted = session.restart();
    engine.begin();
    await expect(restarted).resolves.toBeUndefined();
  });

  it('are not cleared by a start-up file that ends or raises', async () => {
    const { engine, session } = newSession({ startup: [STARTUP], deathLimit: 1 });
    session.start().catch(() => undefined);
    engine.begin().die();
    await settle();
    for (const outcome of [RETURNED, RAISED]) {
      await vi.advanceTimersByTimeAsync(SETTINGS.deathPause);
      const trial = session.execute('trial');
      trial.catch(() => undefined);
      const interpreter = engine.begin();
      await settle();
      interpreter.finish(outcome);
      await settle();
      interpreter.die();
      await expect(trial).rejects.toThrow(FujianError);
      await expect(session.execute('code')).rejects.toThrow(CircuitOpenError);
    }
  });
});

describe('A start-up file', () => {
  async function starting() {
    const { engine, session } = newSession({ startup: [STARTUP] });
    const started = session.start();
    const waiting = session.execute('code');
    waiting.catch(() => undefined);
    const interpreter = engine.begin();
    await settle();
    return { engine, session, started, waiting, interpreter };
  }

  it('runs before waiting executions', async () => {
    const { started, waiting, interpreter } = await starting();
    expect(interpreter.submitted.map(({ code }) => code)).toEqual(['startup']);
    interpreter.finish();
    await started;
    interpreter.finish();
    await expect(waiting).resolves.toMatchObject({ return: '' });
  });

  it('that kills the interpreter fails the waiting executions with that reason', async () => {
    const { started, waiting, interpreter } = await starting();
    interpreter.die('exit', { stdout: 'of the start-up file', stderr: '' });
    await expect(started).rejects.toThrow(InterpreterStartError);
    await expect(waiting).rejects.toThrow('start-up file startup.py');
  });

  it('that ends just before its interpreter dies leaves no execution with the dead interpreter', async () => {
    const { engine, session, started, interpreter } = await starting();
    interpreter.finish();
    interpreter.die();
    await expect(started).rejects.toThrow(InterpreterStartError);
    const next = session.execute('next');
    const successor = engine.begin();
    await settle();
    successor.finish();
    await settle();
    successor.finish();
    await expect(next).resolves.toMatchObject({ return: '' });
  });

  it('that raises kills its interpreter before another starts', async () => {
    const { engine, session, started, waiting, interpreter } = await starting();
    interpreter.finish(RAISED);
    await settle();
    expect(interpreter.killedFor?.cause).toBe('start');
    const late = session.execute('late');
    late.catch(() => undefined);
    expect(engine.isStarting).toBe(false);
    interpreter.die();
    await expect(started).rejects.toThrow('ValueError: v');
    await expect(waiting).rejects.toThrow(InterpreterStartError);
    await expect(late).rejects.toThrow(InterpreterStartError);
  });

  it('does not run in a session that was closed meanwhile', async () => {
    const { engine, session } = newSession({ startup: [STARTUP] });
    const started = session.start();
    await session.close(0);
    const interpreter = engine.begin();
    await expect(started).rejects.toMatchObject({ code: 'FUJIAN_SHUTTING_DOWN' });
    expect(interpreter.submitted).toEqual([]);
  });
});
