import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CounterVector, HistogramVector } from './vectors.ts';

const label = fc.constantFrom('', 'a', 'b', 'toString', '__proto__');
const told = fc.array(fc.tuple(label, label, label), { maxLength: 40 });

test('vectors: each series has what was told of its labels, in their order', () => {
  fc.assert(
    fc.property(told, (all) => {
      const counters = new CounterVector('first', 'second', 'third');
      const histograms = new HistogramVector([1, 2], 'first', 'second', 'third');
      const want = new Map<string, number>();
      for (const values of all) {
        counters.add(...values);
        histograms.observe(2, ...values);
        want.set(JSON.stringify(values), (want.get(JSON.stringify(values)) ?? 0) + 1);
      }
      const found = ({ samples }: ReturnType<typeof counters.metric>): Map<string, number> => {
        for (const { labels } of samples) expect(Object.keys(labels)).toEqual(['first', 'second', 'third']);
        return new Map(samples.map(({ labels, value }) => [JSON.stringify(Object.values(labels)), value]));
      };
      expect(found(counters.metric('m', 'h'))).toEqual(want);
      expect(found(histograms.counted('m', 'h'))).toEqual(want);
      const sums = histograms.metric('m', 'h').samples.filter(({ suffix }) => suffix === '_sum');
      for (const { labels, value } of sums)
        expect(value).toBe(2 * (want.get(JSON.stringify(Object.values(labels))) ?? 0));
      expect(sums).toHaveLength(want.size);
    }),
  );
});

test('HistogramVector.of: one series -> the same one, however it is told of', () => {
  const histograms = new HistogramVector([1], 'a', 'b');
  histograms.of('x', 'y').observe(1);
  histograms.observe(1, 'x', 'z');
  histograms.observe(1, 'x', 'y');
  expect(histograms.of('x', 'y').count).toBe(2);
});
