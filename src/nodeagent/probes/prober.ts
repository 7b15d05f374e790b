// Who carries out the probes of running containers, and remembers what they said?

import type { Container, Pod, Probe } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Recorder } from '../../client/types.ts';
import type { Runtime } from '../runtime/types.ts';
import { type HandlerTarget, runHandler } from './run-handler.ts';
import {
  afterOutcome,
  type Health,
  healthOf,
  initialProbeState,
  type ProbeKind,
  type ProbeResults,
  probeTiming,
} from './state.ts';

export interface ProberDeps {
  runtime: Runtime;
  recorder: Recorder;
  address: string;
  clock: Clock;
  random: Random;
  /** Something about the pod's health has changed. */
  onChange: (podUID: string) => void;
}

interface Probed {
  results: ProbeResults;
  stop: AbortController;
}

const kinds: ProbeKind[] = ['startup', 'liveness', 'readiness'];

/** Probes of one node, by container ID. */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #probed = new Map<string, Probed>();

  constructor(deps: ProberDeps) {
    this.#deps = deps;
  }

  health(containerId: string): Health {
    return healthOf(this.#probed.get(containerId)?.results ?? { startup: initialProbeState });
  }

  isProbed(containerId: string): boolean {
    return this.#probed.has(containerId);
  }

  /**
   * Starts the probes of a running container; OK if they run. `known` is what the API said of this run before the
   * agent was restarted, so that a restart of ours makes no ready pod unready.
   */
  watch(run: {
    pod: Pod;
    container: Container;
    containerId: string;
    known: { started: boolean; ready: boolean } | undefined;
  }): void {
    const { pod, container, containerId, known } = run;
    if (this.#probed.has(containerId)) return;
    const results: ProbeResults = {};
    const probed: Probed = { results, stop: new AbortController() };
    this.#probed.set(containerId, probed);
    for (const kind of kinds) {
      const probe = container[`${kind}Probe`];
      if (!probe) continue;
      const isGood = kind === 'startup' ? known?.started : kind === 'readiness' ? known?.ready : undefined;
      results[kind] = isGood ? { result: 'success', run: 1, last: 'success' } : initialProbeState;
      void this.#keepProbing({ kind, probe, pod, container, containerId, probed });
    }
  }

  /** Ends the probes of a container that has ended or is being stopped. */
  forget(containerId: string): void {
    this.#probed.get(containerId)?.stop.abort();
    this.#probed.delete(containerId);
  }

  stopAll(): void {
    for (const id of this.#probed.keys()) this.forget(id);
  }

  async #keepProbing(options: {
    kind: ProbeKind;
    probe: Probe;
    pod: Pod;
    container: Container;
    containerId: string;
    probed: Probed;
  }): Promise<void> {
    const { kind, probe, pod, container, containerId, probed } = options;
    const { clock, random, runtime, address } = this.#deps;
    const { signal } = probed.stop;
    const timing = probeTiming(probe);
    const target: HandlerTarget = { runtime, containerId, container, address, clock };
    try {
      await clock.sleep(timing.initialDelayMs, signal);
      for (;;) {
        const health = healthOf(probed.results);
        const isDue = kind === 'startup' ? !health.started : health.started;
        if (kind === 'startup' && health.started) return;
        if (isDue) {
          const outcome = await runHandler(probe, target, { timeoutMs: timing.timeoutMs, signal });
          this.#take({ kind, pod, container, probed }, outcome, timing);
        }
        // Readiness waits for the start, so look again soon while it is not there yet.
        const waitMs = isDue ? timing.periodMs : Math.min(timing.periodMs, 100);
        await clock.sleep(waitMs * (1 + 0.05 * random.next()), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #take(
    probe: { kind: ProbeKind; pod: Pod; container: Container; probed: Probed },
    outcome: { ok: boolean; message: string },
    timing: ReturnType<typeof probeTiming>,
  ): void {
    const { kind, pod, container, probed } = probe;
    const before = probed.results[kind] ?? initialProbeState;
    const after = afterOutcome(before, outcome.ok ? 'success' : 'failure', timing);
    probed.results[kind] = after;
    if (!outcome.ok) {
      const title = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' }[kind];
      this.#deps.recorder.event(
        { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata },
        {
          type: 'Warning',
          reason: 'Unhealthy',
          message: `${title} probe failed: ${outcome.message}`,
          action: `container ${container.name}`,
        },
      );
    }
    if (after.result !== before.result) this.#deps.onChange(pod.metadata.uid);
  }
}
