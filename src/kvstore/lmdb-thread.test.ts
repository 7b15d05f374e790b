// What if the thread that writes to LMDB ends? Whoever waits for it hears of it, and the next write has another one.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ThreadCommits } from './lmdb-thread.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-thread-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const piece = { records: [], forgotten: undefined };

/** A thread that ends by `end` at its first message, and does all it is asked once it has done so. */
function fakeProgram(end: string): string {
  const program = join(folder, 'fake-writer.cjs');
  const text = `
    const { existsSync, writeFileSync } = require('node:fs');
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.on('message', (request) => {
      if ('close' in request) return parentPort.close();
      if (existsSync(workerData)) return parentPort.postMessage({ isDone: true });
      writeFileSync(workerData, '');
      ${end};
    });`;
  writeFileSync(program, text);
  return program;
}

test.each([
  ['ends', 'process.exit(7)', /exit code 7/],
  ['throws', "throw new Error('out of its mind')", /out of its mind/],
])('it %s -> the commit fails with the reason, the next one starts another thread', async (_how, end, why) => {
  const mark = join(folder, 'mark');
  const commits = new ThreadCommits({ path: mark, program: fakeProgram(end) });
  const failure = (await commits.takeOver(piece).catch((error: unknown) => error)) as Error;
  expect(failure.message).toBe('Cannot write the state: the thread that writes it has ended');
  expect(String(failure.cause)).toMatch(why);
  await commits.takeOver(piece);
  await commits.startAt(5);
  await commits.close();
  expect(existsSync(mark)).toBe(true);
});

test('no program -> the commit fails with the reason', async () => {
  const commits = new ThreadCommits({ path: folder, program: join(folder, 'missing.cjs') });
  const failure = (await commits.takeOver(piece).catch((error: unknown) => error)) as Error;
  expect(String(failure.cause)).toContain('missing.cjs');
  await commits.close();
});
