import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.js';

const SETTINGS = { deathLimit: 3, deathWindow: 1_000, deathPause: 100 };

function newCircuit(settings: Partial<typeof SETTINGS> = {}) {
  const clock = { now: 5_000 };
  const circuit = new CircuitBreaker({ ...SETTINGS, ...settings }, () => clock.now);
  const die = (times: number): void => {
    for (let death = 0; death < times; death++) circuit.died();
  };
  return { circuit, clock, die };
}

describe('CircuitBreaker', () => {
  it('opens at the death that reaches the limit, for the pause', () => {
    const { circuit, clock, die } = newCircuit();
    die(2);
    expect(circuit.openFor).toBe(0);
    die(1);
    expect(circuit.openFor).toBe(100);
    clock.now += 99;
    expect(circuit.openFor).toBe(1);
    clock.now += 1;
    expect(circuit.openFor).toBe(0);
  });

  it('counts only deaths within the window', () => {
    const { circuit, clock, die } = newCircuit();
    die(2);
    clock.now += 1_000;
    die(2);
    expect(circuit.openFor).toBe(0);
    clock.now += 999;
    die(1);
    expect(circuit.openFor).toBe(100);
  });

  it('opens again after one death in the trial', () => {
    const { circuit, clock, die } = newCircuit();
    die(3);
    clock.now += 60_000; // also long after the window
    die(1);
    expect(circuit.openFor).toBe(100);
  });

  it('closes, and forgets all deaths, when an execution of the trial ends', () => {
    const { circuit, clock, die } = newCircuit();
    die(3);
    clock.now += 100;
    circuit.survived();
    die(2);
    expect(circuit.openFor).toBe(0);
  });

  it('is not closed by an execution that ends before the trial', () => {
    const { circuit, die } = newCircuit();
    die(3);
    circuit.survived();
    expect(circuit.openFor).toBe(100);
  });

  it('forgets no death for executions that end while it is closed', () => {
    const { circuit, die } = newCircuit();
    die(2);
    circuit.survived();
    die(1);
    expect(circuit.openFor).toBe(100);
  });

  it('is closed by a reset', () => {
    const { circuit, die } = newCircuit();
    die(3);
    circuit.reset();
    expect(circuit.openFor).toBe(0);
    die(2);
    expect(circuit.openFor).toBe(0);
  });

  it('never opens without a limit', () => {
    const { circuit, die } = newCircuit({ deathLimit: 0 });
    die(1_000);
    expect(circuit.openFor).toBe(0);
  });

  it('holds its invariants for any order of events', () => {
    const event = fc.oneof(
      fc.constantFrom('died', 'survived', 'reset'),
      fc.integer({ min: 1, max: 600 }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { circuit, clock } = newCircuit();
        let deaths: number[] = [];
        let opened: number | undefined;
        for (const one of events) {
          if (typeof one === 'number') clock.now += one;
          else circuit[one]();
          const pauseIsOver = opened !== undefined && clock.now >= opened + 100;
          if (one === 'reset' || (one === 'survived' && pauseIsOver)) {
            deaths = [];
            opened = undefined;
          } else if (one === 'died') {
            deaths.push(clock.now);
            const recent = deaths.filter((death) => clock.now - death < 1_000);
            if (opened !== undefined || recent.length >= 3) opened = clock.now;
          }
          const expected = opened === undefined ? 0 : Math.max(0, opened + 100 - clock.now);
          expect(circuit.openFor).toBe(expected);
        }
      }),
      { seed: 1987 },
    );
  });
});
