// How are the series of one metric kept? By their labels, each from when it is first told of.

import type { Labels, Metric } from './exposition.ts';
import { Histogram } from './histogram.ts';

/** Counters of one metric. */
export class CounterVector {
  readonly #series = new Map<string, { labels: Labels; value: number }>();

  /** Labels must be few, and always in the same order. */
  add(labels: Labels, by = 1): void {
    const key = keyOf(labels);
    const series = this.#series.get(key);
    if (series) series.value += by;
    else this.#series.set(key, { labels, value: by });
  }

  metric(name: string, help: string): Metric {
    return { name, help, type: 'counter', samples: [...this.#series.values()] };
  }
}

/** Distributions of one metric. */
export class HistogramVector {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { labels: Labels; histogram: Histogram }>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  /** The same. */
  observe(labels: Labels, value: number): void {
    this.of(labels).observe(value);
  }

  /** One series, for those who tell of it often. */
  of(labels: Labels): Histogram {
    const key = keyOf(labels);
    const known = this.#series.get(key);
    if (known) return known.histogram;
    const histogram = new Histogram(this.#bounds);
    this.#series.set(key, { labels, histogram });
    return histogram;
  }

  metric(name: string, help: string): Metric {
    const samples = [...this.#series.values()].flatMap(({ labels, histogram }) => histogram.samples(labels));
    return { name, help, type: 'histogram', samples };
  }
}

function keyOf(labels: Labels): string {
  let key = '';
  for (const name in labels) key += `${labels[name]}\n`;
  return key;
}
