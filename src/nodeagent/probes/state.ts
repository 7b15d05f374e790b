// When does a probe's outcome change what we think of a container? Thresholds of Kubernetes' probes. Pure.

import type { Probe } from '../../apis/core/generated/v1.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeTiming {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  successThreshold: number;
  failureThreshold: number;
}

/** The probe's numbers with Kubernetes' defaults. */
export function probeTiming(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds || 10) * 1000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

/** What is known of one probe of one container run. */
export interface ProbeState {
  result: 'unknown' | 'success' | 'failure';
  /** Outcomes of the same kind in a row. */
  run: number;
  last: 'success' | 'failure' | undefined;
}

/** Before the first outcome: a container lives and has not started, and is not ready. Kubelet: initialValue. */
export const initialProbeState: ProbeState = { result: 'unknown', run: 0, last: undefined };

/** The state after one more outcome. `result` changes only when the threshold is reached. */
export function afterOutcome(
  state: ProbeState,
  outcome: 'success' | 'failure',
  timing: Pick<ProbeTiming, 'successThreshold' | 'failureThreshold'>,
): ProbeState {
  const run = state.last === outcome ? state.run + 1 : 1;
  const threshold = outcome === 'success' ? timing.successThreshold : timing.failureThreshold;
  return { result: run >= threshold ? outcome : state.result, run, last: outcome };
}

/** What the probes of a container say together; a probe that it does not have is undefined. */
export interface ProbeResults {
  startup?: ProbeState;
  liveness?: ProbeState;
  readiness?: ProbeState;
}

export interface Health {
  started: boolean;
  ready: boolean;
  /** The probe that demands a restart. */
  failed: 'startup' | 'liveness' | undefined;
}

/** Readiness counts, and liveness runs, only once the startup probe has succeeded. */
export function healthOf({ startup, liveness, readiness }: ProbeResults): Health {
  const started = !startup || startup.result === 'success';
  const ready = started && (!readiness || readiness.result === 'success');
  const failed = startup?.result === 'failure' ? 'startup' : liveness?.result === 'failure' ? 'liveness' : undefined;
  return { started, ready, failed };
}
