// How is a distribution counted? In buckets with upper bounds, each of which holds what the smaller ones hold too.

import { type Labels, numberText, type Sample } from './exposition.ts';

/** One series of a histogram. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** One for each bound, and one for all that is greater. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, 0].map(() => 0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** How many values were observed. */
  get count(): number {
    return this.#counts.reduce((sum, each) => sum + each, 0);
  }

  samples(labels: Labels): Sample[] {
    let count = 0;
    const samples: Sample[] = this.#counts.map((each, index) => {
      count += each;
      const le = index < this.#bounds.length ? numberText(this.#bounds[index] as number) : '+Inf';
      return { suffix: '_bucket', labels: { ...labels, le }, value: count };
    });
    samples.push({ suffix: '_sum', labels, value: this.#sum }, { suffix: '_count', labels, value: count });
    return samples;
  }
}
