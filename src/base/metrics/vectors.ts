// How are the series of one metric kept? In a tree of the values of their labels, each from when it is first told of.

import type { Labels, Metric } from './exposition.ts';
import { Histogram } from './histogram.ts';

type LabelNames = readonly [string, ...string[]];

/** One for each name, in their order. They must be few: each series is kept for ever. */
type LabelValues<Names extends LabelNames> = { [Place in keyof Names]: string };

/** What is under one value of a label: the next label's values or, under the last label, the series. */
class Branch<Series> {
  readonly under = new Map<string, Branch<Series> | Series>();
  /** Found last: most requests are like the one before, and comparing is quicker than finding. */
  value: string | undefined;
  found: Branch<Series> | Series | undefined;
}

/** Finds a series without an object or a text of its labels: every request tells of dozens. */
class SeriesTree<Names extends LabelNames, Series> {
  readonly #names: Names;
  readonly #make: () => Series;
  readonly #root = new Branch<Series>();

  constructor(names: Names, make: () => Series) {
    this.#names = names;
    this.#make = make;
  }

  of(values: LabelValues<Names>): Series {
    let found: Branch<Series> | Series = this.#root;
    for (let place = 0; place < values.length; place += 1) {
      const value = values[place] as string;
      const branch = found as Branch<Series>;
      if (branch.value !== value) {
        branch.found = branch.under.get(value) ?? this.#planted(branch, value, place);
        branch.value = value;
      }
      found = branch.found as Branch<Series> | Series;
    }
    return found as Series;
  }

  #planted({ under }: Branch<Series>, value: string, place: number): Branch<Series> | Series {
    const next = place === this.#names.length - 1 ? this.#make() : new Branch<Series>();
    under.set(value, next);
    return next;
  }

  /** All series with their labels. */
  all(): [Labels, Series][] {
    let found: [Labels, Branch<Series> | Series][] = [[{}, this.#root]];
    for (const name of this.#names)
      found = found.flatMap(([labels, branch]) =>
        [...(branch as Branch<Series>).under].map(([value, next]): (typeof found)[number] => [
          { ...labels, [name]: value },
          next,
        ]),
      );
    return found as [Labels, Series][];
  }
}

/** Counters of one metric. */
export class CounterVector<const Names extends LabelNames> {
  readonly #tree: SeriesTree<Names, { value: number }>;

  constructor(...names: Names) {
    this.#tree = new SeriesTree(names, () => ({ value: 0 }));
  }

  add(...values: LabelValues<Names>): void {
    this.#tree.of(values).value += 1;
  }

  metric(name: string, help: string): Metric {
    const samples = this.#tree.all().map(([labels, { value }]) => ({ labels, value }));
    return { name, help, type: 'counter', samples };
  }
}

/** Distributions of one metric. */
export class HistogramVector<const Names extends LabelNames> {
  readonly #tree: SeriesTree<Names, Histogram>;

  constructor(bounds: readonly number[], ...names: Names) {
    this.#tree = new SeriesTree(names, () => new Histogram(bounds));
  }

  observe(value: number, ...values: LabelValues<Names>): void {
    this.#tree.of(values).observe(value);
  }

  /** One series, for those who tell of it often. */
  of(...values: LabelValues<Names>): Histogram {
    return this.#tree.of(values);
  }

  metric(name: string, help: string): Metric {
    const samples = this.#tree.all().flatMap(([labels, histogram]) => histogram.samples(labels));
    return { name, help, type: 'histogram', samples };
  }

  /** How many values were observed. */
  counted(name: string, help: string): Metric {
    const samples = this.#tree.all().map(([labels, { count }]) => ({ labels, value: count }));
    return { name, help, type: 'counter', samples };
  }
}
