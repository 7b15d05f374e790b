// How does scheduling go? Names, labels and buckets are upstream's. Source: pkg/scheduler/metrics.
//
// An attempt is what gets a pod onto a node or shows that it fits nowhere, however many steps it takes: the time in which
// volumes are made is part of it, as upstream's binding is.

import type { Clock } from '../base/clock.ts';
import { type Metric, type Sample } from '../base/metrics/exposition.ts';
import { Histogram } from '../base/metrics/histogram.ts';

const attemptBounds = doubling(0.001, 15);
const sliBounds = doubling(0.01, 20);
const attemptsBounds = doubling(1, 5);
/** More attempts than this are not told apart. */
const attemptsMax = 15;
const queues = ['active', 'backoff', 'gated', 'unschedulable'] as const;
const results = ['error', 'scheduled', 'unschedulable'] as const;

type Queue = (typeof queues)[number];
export type AttemptResult = (typeof results)[number];

interface PendingPod {
  /** Undefined while its volumes are being made or bound: it is in no queue then. */
  queue: Queue | undefined;
  /** Since it could be scheduled. */
  sinceMs: number;
  attempts: number;
  /** Undefined between attempts. */
  attemptSinceMs: number | undefined;
}

/** What one scheduler tells of its pods. Keys are pods. */
export class SchedulerMetrics {
  readonly #clock: Clock;
  readonly #profile: string;
  readonly #pods = new Map<string, PendingPod>();
  readonly #attempts = new Map<AttemptResult, Histogram>();
  readonly #algorithm = new Histogram(attemptBounds);
  readonly #attemptsOfPods = new Histogram(attemptsBounds);
  readonly #untilScheduled = new Map<string, Histogram>();

  constructor(clock: Clock, profile = 'default-scheduler') {
    this.#clock = clock;
    this.#profile = profile;
  }

  /** A pod waits for a node, or for its gates to open. */
  waits(key: string, { isGated }: { isGated: boolean }): void {
    const nowMs = this.#clock.monotonic();
    const known = this.#pods.get(key);
    if (!known || (known.queue === 'gated') !== isGated)
      this.#pods.set(key, {
        sinceMs: nowMs,
        attempts: 0,
        attemptSinceMs: undefined,
        queue: isGated ? 'gated' : 'active',
      });
  }

  /** It will be looked at again. */
  woken(key: string): void {
    const pod = this.#pods.get(key);
    if (pod?.queue === 'unschedulable' || pod?.queue === 'backoff') pod.queue = 'active';
  }

  /** It is gone, or has a node. */
  gone(key: string): void {
    this.#pods.delete(key);
  }

  /** A look at it begins, perhaps within an attempt that is under way. One that nothing woke is no attempt. */
  looks(key: string): void {
    const pod = this.#pods.get(key);
    if (pod?.queue === 'backoff') pod.queue = 'active';
    if (pod?.queue !== 'active' || pod.attemptSinceMs !== undefined) return;
    pod.attempts += 1;
    pod.attemptSinceMs = this.#clock.monotonic();
  }

  /** It was decided what becomes of the pod; `sinceMs` is when that began. */
  decided(sinceMs: number): void {
    this.#algorithm.observe((this.#clock.monotonic() - sinceMs) / 1000);
  }

  /** The attempt goes on when others have done their part. */
  binding(key: string): void {
    const pod = this.#pods.get(key);
    if (pod) pod.queue = undefined;
  }

  /** The attempt is over. */
  ended(key: string, result: AttemptResult): void {
    const pod = this.#pods.get(key);
    if (pod?.attemptSinceMs === undefined) return;
    const nowMs = this.#clock.monotonic();
    observe(this.#attempts, { key: result, bounds: attemptBounds, value: (nowMs - pod.attemptSinceMs) / 1000 });
    pod.attemptSinceMs = undefined;
    if (result !== 'scheduled') {
      pod.queue = result === 'error' ? 'backoff' : 'unschedulable';
      return;
    }
    const attempts = pod.attempts >= attemptsMax ? `${attemptsMax}+` : String(pod.attempts);
    observe(this.#untilScheduled, { key: attempts, bounds: sliBounds, value: (nowMs - pod.sinceMs) / 1000 });
    this.#attemptsOfPods.observe(pod.attempts);
    this.#pods.delete(key);
  }

  metrics(): Metric[] {
    const counts = this.#counts();
    const ofResults = (samples: (histogram: Histogram, labels: { profile: string; result: string }) => Sample[]) =>
      [...this.#attempts].flatMap(([result, histogram]) => samples(histogram, { profile: this.#profile, result }));
    return [
      {
        name: 'scheduler_pending_pods',
        help: "Pods without a node, by queue: 'active' is being looked at, 'backoff' after an error, 'gated' has gates, 'unschedulable' fits nowhere.",
        type: 'gauge',
        samples: queues.map((queue) => ({ labels: { queue }, value: counts.get(queue) ?? 0 })),
      },
      {
        name: 'scheduler_pod_scheduling_attempts',
        help: 'Attempts that it took to schedule a pod.',
        type: 'histogram',
        samples: this.#attemptsOfPods.samples({}),
      },
      {
        name: 'scheduler_pod_scheduling_sli_duration_seconds',
        help: 'Time from when a pod could be scheduled until it was, by the attempts that it took.',
        type: 'histogram',
        samples: [...this.#untilScheduled].flatMap(([attempts, histogram]) => histogram.samples({ attempts })),
      },
      {
        name: 'scheduler_schedule_attempts_total',
        help: "Attempts to schedule pods, by result: 'unschedulable' fits nowhere, 'error' is trouble of the scheduler.",
        type: 'counter',
        samples: ofResults(({ count }, labels) => [{ labels, value: count }]),
      },
      {
        name: 'scheduler_scheduling_algorithm_duration_seconds',
        help: 'Time that it takes to decide on a node.',
        type: 'histogram',
        samples: this.#algorithm.samples({}),
      },
      {
        name: 'scheduler_scheduling_attempt_duration_seconds',
        help: 'Time of an attempt: the decision and the binding, of volumes too.',
        type: 'histogram',
        samples: ofResults((histogram, labels) => histogram.samples(labels)),
      },
    ];
  }

  #counts(): Map<Queue, number> {
    const counts = new Map<Queue, number>();
    for (const { queue } of this.#pods.values()) if (queue) counts.set(queue, (counts.get(queue) ?? 0) + 1);
    return counts;
  }
}

function observe<K>(
  histograms: Map<K, Histogram>,
  { key, bounds, value }: { key: K; bounds: number[]; value: number },
): void {
  const histogram = histograms.get(key) ?? new Histogram(bounds);
  histograms.set(key, histogram);
  histogram.observe(value);
}

/** `count` bounds, each twice the one before. */
function doubling(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first * 2 ** index);
}
