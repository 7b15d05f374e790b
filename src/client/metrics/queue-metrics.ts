// How much waits in the work queues, and for how long? Names, labels and buckets are upstream's.
// Source: component-base/metrics/prometheus/workqueue, client-go/util/workqueue.

import type { Clock } from '../../base/clock.ts';
import type { Labels, Metric, Sample } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';

/** Ten steps of a factor of ten from 10 ns on. */
const bounds = [1e-8];
// Multiplied one after the other, as Go does it: bounds are labels, and must be the same to the last digit.
while (bounds.length < 10) bounds.push((bounds.at(-1) as number) * 10);

/** What one queue tells of its keys. */
export class QueueMetrics {
  readonly labels: Labels;
  readonly #clock: Clock;
  readonly #addedMs = new Map<string, number>();
  readonly #takenMs = new Map<string, number>();
  readonly waits = new Histogram(bounds);
  readonly works = new Histogram(bounds);
  adds = 0;
  retries = 0;

  constructor(name: string, clock: Clock) {
    this.labels = { name };
    this.#clock = clock;
  }

  /** A key that was not queued already is. */
  added(key: string): void {
    this.adds += 1;
    this.#addedMs.set(key, this.#clock.monotonic());
  }

  /** A worker begins with it. */
  taken(key: string): void {
    const nowMs = this.#clock.monotonic();
    this.waits.observe((nowMs - (this.#addedMs.get(key) ?? nowMs)) / 1000);
    this.#addedMs.delete(key);
    this.#takenMs.set(key, nowMs);
  }

  /** The worker has finished. */
  finished(key: string): void {
    const takenMs = this.#takenMs.get(key);
    if (takenMs === undefined) return;
    this.works.observe((this.#clock.monotonic() - takenMs) / 1000);
    this.#takenMs.delete(key);
  }

  /** It is to be queued later. */
  retried(): void {
    this.retries += 1;
  }

  get depth(): number {
    return this.#addedMs.size;
  }

  /** Seconds that the keys being worked on have taken so far. */
  runningSeconds(): number[] {
    const nowMs = this.#clock.monotonic();
    return [...this.#takenMs.values()].map((takenMs) => (nowMs - takenMs) / 1000);
  }
}

/** The queues of one process. */
export class WorkQueueMetrics {
  readonly #clock: Clock;
  readonly #queues = new Map<string, QueueMetrics>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For the queue of that name; queues of one name are counted together. */
  of(name: string): QueueMetrics {
    const found = this.#queues.get(name) ?? new QueueMetrics(name, this.#clock);
    this.#queues.set(name, found);
    return found;
  }

  metrics(): Metric[] {
    const each = (pick: (queue: QueueMetrics) => number): Sample[] =>
      [...this.#queues.values()].map((queue) => ({ labels: queue.labels, value: pick(queue) }));
    const distribution = (pick: (queue: QueueMetrics) => Histogram): Sample[] =>
      [...this.#queues.values()].flatMap((queue) => pick(queue).samples(queue.labels));
    return [
      {
        name: 'workqueue_adds_total',
        help: 'Keys that were added to the queue.',
        type: 'counter',
        samples: each(({ adds }) => adds),
      },
      {
        name: 'workqueue_depth',
        help: 'Keys that wait in the queue.',
        type: 'gauge',
        samples: each(({ depth }) => depth),
      },
      {
        name: 'workqueue_longest_running_processor_seconds',
        help: 'How many seconds has the longest running processor for workqueue been running.',
        type: 'gauge',
        samples: each((queue) => Math.max(0, ...queue.runningSeconds())),
      },
      {
        name: 'workqueue_queue_duration_seconds',
        help: 'Seconds that a key waits in the queue until somebody takes it.',
        type: 'histogram',
        samples: distribution(({ waits }) => waits),
      },
      {
        name: 'workqueue_retries_total',
        help: 'Keys that were added to the queue again, to be tried later.',
        type: 'counter',
        samples: each(({ retries }) => retries),
      },
      {
        name: 'workqueue_unfinished_work_seconds',
        help: 'Seconds of work that is in progress and not yet part of work_duration: large values mean stuck workers.',
        type: 'gauge',
        samples: each((queue) => queue.runningSeconds().reduce((sum, seconds) => sum + seconds, 0)),
      },
      {
        name: 'workqueue_work_duration_seconds',
        help: 'Seconds that it takes to work on a key.',
        type: 'histogram',
        samples: distribution(({ works }) => works),
      },
    ];
  }
}
