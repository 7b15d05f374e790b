import { expect, test } from 'vitest';
import { mappingOf, trimFreedMemory } from './kernel-memory.ts';

test.each<{ name: string; line: string; want: { start: number; length: number } | undefined }>([
  {
    name: 'a shared mapping of the file -> its range',
    line: '7efc86000000-7efc87000000 r--s 00000000 fe:00 10018930                   /state/data.mdb',
    want: { start: 0x7efc86000000, length: 0x1000000 },
  },
  {
    name: 'a private mapping of the file -> not touched',
    line: '7efc86000000-7efc87000000 r--p 00000000 fe:00 10018930                   /state/data.mdb',
    want: undefined,
  },
  {
    name: 'another file -> not touched',
    line: '7efc86000000-7efc87000000 r--s 00000000 fe:00 10018930                   /state/data.mdb.old',
    want: undefined,
  },
  { name: 'no file -> not touched', line: '7efc86000000-7efc87000000 rw-p 00000000 00:00 0 ', want: undefined },
  { name: 'no line -> nothing', line: '', want: undefined },
])('mappingOf: $name', ({ line, want }) => {
  expect(mappingOf(line, '/state/data.mdb')).toEqual(want);
});

test('trimFreedMemory -> the process goes on', async () => {
  await expect(trimFreedMemory()).resolves.toBeUndefined();
});
