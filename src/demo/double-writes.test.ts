import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filesOfVolumes, pairGenerations } from './double-writes.ts';
import { type Extent, parseFiemap, unsharedRanges } from './extents.ts';

test.each<{ name: string; files: string[]; pairs: string[]; unpaired: string[] }>([
  {
    name: 'data and cut -> a pair',
    files: ['/p/v.g1.img', '/p/v.g1.cut', '/p/v.g2.img'],
    pairs: ['v 1'],
    unpaired: [],
  },
  {
    name: 'kept elsewhere with its cut -> a pair',
    files: ['/p/kept/pvc-1.g12.cut', '/p/kept/pvc-1.g12.img'],
    pairs: ['pvc-1 12'],
    unpaired: [],
  },
  { name: 'cut without data -> unpaired', files: ['/p/v.g1.cut'], pairs: [], unpaired: ['/p/v.g1.cut'] },
  {
    name: 'data of the same name in another folder -> unpaired',
    files: ['/p/v.g1.cut', '/q/v.g1.img'],
    pairs: [],
    unpaired: ['/p/v.g1.cut'],
  },
  { name: 'records and snapshots -> ignored', files: ['/p/v.json', '/p/snap-1.img'], pairs: [], unpaired: [] },
])('pairGenerations: $name', ({ files, pairs, unpaired }) => {
  const found = pairGenerations(files);
  expect(found.pairs.map(({ volume, generation }) => `${volume} ${generation}`)).toEqual(pairs);
  expect(found.unpaired).toEqual(unpaired);
});

test('filesOfVolumes: the layers of containers are not looked at', async () => {
  const pool = mkdtempSync(join(tmpdir(), 'amarre-pool-'));
  try {
    for (const file of ['v.g1.img', 'kept/v.g1.cut', 'scratch/node-1/container/upper/w.g1.img']) {
      mkdirSync(dirname(join(pool, file)), { recursive: true });
      writeFileSync(join(pool, file), '');
    }
    expect((await filesOfVolumes(pool)).toSorted()).toEqual([join(pool, 'kept/v.g1.cut'), join(pool, 'v.g1.img')]);
  } finally {
    rmSync(pool, { recursive: true });
  }
});

const extent = (offset: number, length: number, physical: number): Extent => ({
  offset,
  length,
  physical,
  unwritten: false,
});
const unwritten = (at: Extent): Extent => ({ ...at, unwritten: true });

test.each<{ name: string; a: Extent[]; b: Extent[]; want: [number, number][] }>([
  { name: 'the same blocks -> nothing to read', a: [extent(0, 100, 500)], b: [extent(0, 100, 500)], want: [] },
  {
    name: 'the same blocks in other pieces -> nothing to read',
    a: [extent(0, 100, 500)],
    b: [extent(0, 40, 500), extent(40, 60, 540)],
    want: [],
  },
  {
    name: 'copied on write in the middle -> the middle',
    a: [extent(0, 100, 500)],
    b: [extent(0, 40, 500), extent(40, 20, 900), extent(60, 40, 560)],
    want: [[40, 20]],
  },
  {
    name: 'written where the other has a hole -> that part',
    a: [extent(0, 10, 500), extent(50, 10, 700)],
    b: [extent(0, 10, 500)],
    want: [[50, 10]],
  },
  {
    name: 'allocated, never written, and a hole -> both are zeros',
    a: [unwritten(extent(0, 10, 500))],
    b: [],
    want: [],
  },
  {
    name: 'neighbouring parts -> one',
    a: [extent(0, 10, 500), extent(10, 10, 900)],
    b: [extent(0, 20, 100)],
    want: [[0, 20]],
  },
  { name: 'two empty files -> nothing', a: [], b: [], want: [] },
])('unsharedRanges: $name', ({ a, b, want }) => {
  expect(unsharedRanges(a, b).map(({ offset, length }) => [offset, length])).toEqual(want);
});

const anyExtents = fc
  .array(
    fc.record({
      gap: fc.nat(3),
      length: fc.integer({ min: 1, max: 4 }),
      physical: fc.nat(30),
      unwritten: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((parts) => {
    let offset = 0;
    return parts.map(({ gap, length, physical, unwritten }) => {
      const found = { ...extent(offset + gap, length, physical), unwritten };
      offset += gap + length;
      return found;
    });
  });

test('law: a byte is left out exactly when both files show the same block or zeros there', () => {
  const place = (extents: Extent[], at: number): number | 'zeros' => {
    const found = extents.find(({ offset, length }) => at >= offset && at < offset + length);
    return !found || found.unwritten ? 'zeros' : found.physical + at - found.offset;
  };
  fc.assert(
    fc.property(anyExtents, anyExtents, (a, b) => {
      const ranges = unsharedRanges(a, b);
      for (let at = 0; at < 50; at++) {
        const isRead = ranges.some(({ offset, length }) => at >= offset && at < offset + length);
        expect(isRead).toBe(place(a, at) !== place(b, at));
      }
    }),
  );
});

test('parseFiemap reads extents, flags and leaves holes out', () => {
  const text = [
    'v.g1.img:',
    ' EXT: FILE-OFFSET        BLOCK-RANGE       TOTAL FLAGS',
    '   0: [0..614399]:       204992..819391   614400 0x2000',
    '   1: [614400..1638399]: hole             1024000',
    '   2: [1638400..1843199]: 192..204991      204800 0x801',
  ].join('\n');
  expect(parseFiemap(text)).toEqual([
    { offset: 0, length: 614_400 * 512, physical: 204_992 * 512, unwritten: false },
    { offset: 1_638_400 * 512, length: 204_800 * 512, physical: 192 * 512, unwritten: true },
  ]);
});
