// Is each series found by its own texts, and by no others?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesTree } from './series-tree.ts';

const text = fc.constantFrom('', 'a', 'b', 'toString', '__proto__');
const texts = fc.tuple(text, text, text);

test('SeriesTree: what is planted is found, what is only sought leaves nothing behind', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, fc.boolean()), { maxLength: 40 }), (steps) => {
      const tree = new SeriesTree<[string, string, string], { key: string }>();
      const want = new Map<string, { key: string }>();
      for (const [sought, isPlanted] of steps) {
        const key = JSON.stringify(sought);
        expect(tree.find(sought)).toBe(want.get(key));
        if (isPlanted && !want.has(key)) want.set(key, tree.plant(sought, { key }));
        expect(tree.find(sought)).toBe(want.get(key));
      }
      const all = tree.all(['x', 'y', 'z']);
      expect(new Map(all.map(([labels, series]) => [JSON.stringify(Object.values(labels)), series]))).toEqual(want);
      expect(all).toHaveLength(want.size);
    }),
  );
});
