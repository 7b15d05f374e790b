import { expect, test } from 'vitest';
import { afterOutcome, healthOf, initialProbeState, type ProbeResults, probeTiming } from './state.ts';

test.each([
  { name: 'one success, threshold 1 -> success', outcomes: ['success'], success: 1, failure: 3, want: 'success' },
  {
    name: 'two failures, threshold 3 -> as before',
    outcomes: ['success', 'failure', 'failure'],
    success: 1,
    failure: 3,
    want: 'success',
  },
  {
    name: 'three failures -> failure',
    outcomes: ['success', 'failure', 'failure', 'failure'],
    success: 1,
    failure: 3,
    want: 'failure',
  },
  {
    name: 'failures with a success between -> as before',
    outcomes: ['success', 'failure', 'failure', 'success', 'failure', 'failure'],
    success: 1,
    failure: 3,
    want: 'success',
  },
  { name: 'one success, threshold 2 -> still unknown', outcomes: ['success'], success: 2, failure: 1, want: 'unknown' },
  { name: 'failure at once, threshold 1 -> failure', outcomes: ['failure'], success: 1, failure: 1, want: 'failure' },
] as const)('probe: $name', ({ outcomes, success, failure, want }) => {
  let state = initialProbeState;
  for (const outcome of outcomes)
    state = afterOutcome(state, outcome, { successThreshold: success, failureThreshold: failure });
  expect(state.result).toBe(want);
});

const good = { result: 'success', run: 1, last: 'success' } as const;
const bad = { result: 'failure', run: 3, last: 'failure' } as const;

test.each<{ name: string; results: ProbeResults; want: ReturnType<typeof healthOf> }>([
  { name: 'no probes -> started and ready', results: {}, want: { started: true, ready: true, failed: undefined } },
  {
    name: 'startup unknown -> neither',
    results: { startup: initialProbeState },
    want: { started: false, ready: false, failed: undefined },
  },
  {
    name: 'readiness unknown -> started, not ready',
    results: { readiness: initialProbeState },
    want: { started: true, ready: false, failed: undefined },
  },
  {
    name: 'startup failed -> must restart',
    results: { startup: bad },
    want: { started: false, ready: false, failed: 'startup' },
  },
  {
    name: 'liveness failed -> must restart',
    results: { liveness: bad, readiness: good },
    want: { started: true, ready: true, failed: 'liveness' },
  },
])('health: $name', ({ results, want }) => {
  expect(healthOf(results)).toEqual(want);
});

test('a probe without numbers -> the defaults of Kubernetes', () => {
  expect(probeTiming({})).toEqual({
    initialDelayMs: 0,
    periodMs: 10_000,
    timeoutMs: 1_000,
    successThreshold: 1,
    failureThreshold: 3,
  });
});
