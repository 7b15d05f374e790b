import { expect, test } from 'vitest';
import { parseCpuStat, parseCpuTicks, parseMemory, parsePss } from './usage.ts';

test.each([
  { name: 'cpu.stat', got: parseCpuStat('usage_usec 1500\nuser_usec 1000\n'), want: { cpuNanos: 1_500_000 } },
  { name: 'no cpu.stat', got: parseCpuStat(''), want: {} },
  {
    name: 'memory with files that can go',
    got: parseMemory('3000\n', 'anon 1\ninactive_file 1000\n'),
    want: { memoryBytes: 2000 },
  },
  { name: 'less than its files', got: parseMemory('500\n', 'inactive_file 1000\n'), want: { memoryBytes: 0 } },
  { name: 'no controller for memory', got: parseMemory('', ''), want: {} },
])('of a group: $name', ({ got, want }) => {
  expect(got).toEqual(want);
});

test('of a process: its ticks and those of its children, whatever it is called; its share of shared pages', () => {
  const fields = ['S', ...Array.from({ length: 40 }, (_, index) => String(index + 4))];
  // utime, stime, cutime and cstime are the fields 14 to 17.
  expect(parseCpuTicks(`7 (a) S 1 (b) ${fields.join(' ')}`)).toBe(14 + 15 + 16 + 17);
  expect(parsePss('Rss:   900 kB\nPss:                 300 kB\nPss_Dirty:  1 kB\n')).toBe(300 * 1024);
  expect(parsePss('')).toBe(0);
});
