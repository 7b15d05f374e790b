import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { systemClock } from '../../base/system-clock.ts';
import { formatLogLine, readLog } from './log-reader.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/amarre-log-');
  path = join(folder, '0.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (text: string, second = 0): string => `2026-01-01T00:00:0${second}.000000000Z stdout F ${text}\n`;
const all = { follow: false, timestamps: false, tailLines: undefined, limitBytes: undefined, sinceMs: undefined };

async function read(options: Partial<typeof all> | object, isOpen = () => false): Promise<string> {
  let text = '';
  for await (const piece of readLog(
    { path, isOpen, clock: systemClock },
    { ...all, ...options },
    new AbortController().signal,
  ))
    text += piece;
  return text;
}

test.each([
  { name: 'everything', options: {}, want: 'a\nb\nc\n' },
  { name: 'the last two lines', options: { tailLines: 2 }, want: 'b\nc\n' },
  { name: 'no line', options: { tailLines: 0 }, want: '' },
  { name: 'more lines than there are', options: { tailLines: 9 }, want: 'a\nb\nc\n' },
  { name: 'since a time', options: { sinceMs: epochMsOf('2026-01-01T00:00:02Z') }, want: 'b\nc\n' },
  { name: 'the first bytes', options: { limitBytes: 3 }, want: 'a\nb' },
  { name: 'with timestamps', options: { tailLines: 1, timestamps: true }, want: '2026-01-01T00:00:03.000000000Z c\n' },
])('readLog: $name', async ({ options, want }) => {
  await writeFile(path, line('a', 1) + line('b', 2) + line('c', 3));
  expect(await read(options)).toBe(want);
});

test('formatLogLine: a partial line -> no line end', () => {
  expect(formatLogLine('2026-01-01T00:00:00Z stdout P half', all)).toBe('half');
});

test('readLog with follow -> later lines, across a rotation, until the container has ended', async () => {
  let isOpen = true;
  await writeFile(path, line('a'));
  const reading = read({ follow: true }, () => isOpen);
  await appendFile(path, line('b'));
  await systemClock.sleep(50, new AbortController().signal);
  await rename(path, `${path}.old`);
  await writeFile(path, line('c'));
  await systemClock.sleep(300, new AbortController().signal);
  isOpen = false;
  expect(await reading).toBe('a\nb\nc\n');
});
