// How is a series found by a few texts, such as the values of its labels? Without an object or a text made of them:
// every request tells of dozens.

import type { Labels } from './exposition.ts';

/** What is under one text: the next texts or, under the last, the series. */
class Branch<Series> {
  readonly under = new Map<string, Branch<Series> | Series>();
  /** Found last: most requests are like the one before, and comparing is quicker than finding. */
  text: string | undefined;
  found: Branch<Series> | Series | undefined;
}

/** Series by texts, of which all have equally many. */
export class SeriesTree<Texts extends readonly string[], Series extends object> {
  readonly #root = new Branch<Series>();

  find(texts: Texts): Series | undefined {
    let found: Branch<Series> | Series = this.#root;
    for (const text of texts) {
      const branch = found as Branch<Series>;
      if (branch.text !== text) {
        const next = branch.under.get(text);
        if (next === undefined) return undefined;
        branch.found = next;
        branch.text = text;
      }
      found = branch.found as Branch<Series> | Series;
    }
    return found as Series;
  }

  /** Keeps, for ever, a series that `find` does not find yet. */
  plant(texts: Texts, series: Series): Series {
    let branch = this.#root;
    for (const text of texts.slice(0, -1)) {
      const next = (branch.under.get(text) as Branch<Series> | undefined) ?? new Branch<Series>();
      branch.under.set(text, next);
      branch = next;
    }
    branch.under.set(texts.at(-1) ?? '', series);
    return series;
  }

  /** All series with their texts, each under its name. */
  all(names: readonly string[]): [Labels, Series][] {
    let found: [Labels, Branch<Series> | Series][] = [[{}, this.#root]];
    for (const name of names)
      found = found.flatMap(([labels, branch]) =>
        [...(branch as Branch<Series>).under].map(([text, next]): (typeof found)[number] => [
          { ...labels, [name]: text },
          next,
        ]),
      );
    return found as [Labels, Series][];
  }
}
