// How are the series of one metric kept? In a tree of the values of their labels, each from when it is first told of.

import type { Metric } from './exposition.ts';
import { Histogram } from './histogram.ts';
import { SeriesTree } from './series-tree.ts';

type LabelNames = readonly [string, ...string[]];

/** One for each name, in their order. They must be few: each series is kept for ever. */
type LabelValues<Names extends LabelNames> = { [Place in keyof Names]: string };

/** Counters of one metric. */
export class CounterVector<const Names extends LabelNames> {
  readonly #names: Names;
  readonly #tree = new SeriesTree<LabelValues<Names>, { value: number }>();

  constructor(...names: Names) {
    this.#names = names;
  }

  add(...values: LabelValues<Names>): void {
    const series = this.#tree.find(values) ?? this.#tree.plant(values, { value: 0 });
    series.value += 1;
  }

  metric(name: string, help: string): Metric {
    const samples = this.#tree.all(this.#names).map(([labels, { value }]) => ({ labels, value }));
    return { name, help, type: 'counter', samples };
  }
}

/** Distributions of one metric. */
export class HistogramVector<const Names extends LabelNames> {
  readonly #names: Names;
  readonly #bounds: readonly number[];
  readonly #tree = new SeriesTree<LabelValues<Names>, Histogram>();

  constructor(bounds: readonly number[], ...names: Names) {
    this.#bounds = bounds;
    this.#names = names;
  }

  observe(value: number, ...values: LabelValues<Names>): void {
    this.of(...values).observe(value);
  }

  /** One series, for those who tell of it often. */
  of(...values: LabelValues<Names>): Histogram {
    return this.#tree.find(values) ?? this.#tree.plant(values, new Histogram(this.#bounds));
  }

  metric(name: string, help: string): Metric {
    const samples = this.#tree.all(this.#names).flatMap(([labels, histogram]) => histogram.samples(labels));
    return { name, help, type: 'histogram', samples };
  }

  /** How many values were observed. */
  counted(name: string, help: string): Metric {
    const samples = this.#tree.all(this.#names).map(([labels, { count }]) => ({ labels, value: count }));
    return { name, help, type: 'counter', samples };
  }
}
