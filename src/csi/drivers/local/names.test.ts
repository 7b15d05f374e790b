// Does every CSI name have files of its own?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idOfName, isPossibleId, layoutOf, parseGenerationFile } from './names.ts';

test.each([
  { name: 'an image', file: 'pvc-1.g12.img', want: { volumeId: 'pvc-1', generation: 12, kind: 'data' } },
  { name: 'a folder', file: 'pvc-1.g0', want: { volumeId: 'pvc-1', generation: 0, kind: 'data' } },
  { name: 'a cut', file: 'pvc-1.g3.cut', want: { volumeId: 'pvc-1', generation: 3, kind: 'cut' } },
  { name: 'something unfinished', file: 'pvc-1.g3.img.tmp', want: undefined },
  { name: 'a record', file: 'pvc-1.json', want: undefined },
])('parseGenerationFile: $name', ({ file, want }) => {
  expect(parseGenerationFile(file)).toEqual(want);
});

test.each(['', '../escape', 'a/b', '.', 'x.g1', 'h.short'])('isPossibleId: %j -> never used in a path', (id) => {
  expect(isPossibleId(id)).toBe(false);
});

test('every name has its own ID, whose files name it again', () => {
  const layout = layoutOf('/pool', 'block');
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 128 }),
      fc.string({ minLength: 1 }),
      fc.nat(99),
      (name, other, generation) => {
        const volumeId = idOfName(name);
        expect(isPossibleId(volumeId)).toBe(true);
        if (other !== name) expect(idOfName(other)).not.toBe(volumeId);
        const file = layout.generation(volumeId, generation).slice('/pool/volumes/'.length);
        expect(parseGenerationFile(file)).toEqual({ volumeId, generation, kind: 'data' });
      },
    ),
  );
});
