// Does a store keep what it acknowledged, whenever its process dies?

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type BuildOptions, buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { take } from './model.ts';
import { buildStateWriter } from './testing/state-writer.ts';
import { revisionOf } from './watch.ts';

const rounds = 50;
const writers = 64;

/** A process with 64 writers, each with keys of its own. It says what was acknowledged, a line a write. */
const writerProgram = `
  import { writeSync } from 'node:fs';
  import { openLmdbStore } from ${JSON.stringify(join(import.meta.dirname, 'lmdb-store.ts'))};
  import { silentLogger as log } from ${JSON.stringify(join(import.meta.dirname, '../base/log.ts'))};
  const store = await openLmdbStore({ path: process.argv[2], writer: process.argv[3], log, keepRevisions: 3000 });
  writeSync(3, 'open ' + store.currentRevision() + '\\n');
  const write = async (writer) => {
    for (let n = 0; ; n++) {
      const key = '/w/' + writer + '/' + (n % 3);
      const current = await store.get(key);
      const isDeletion = current !== undefined && n % 7 === 6;
      const value = Buffer.from(writer + '-' + n + '-' + 'x'.repeat(500));
      const result = isDeletion
        ? await store.delete(key, current.modRevision)
        : await store.put(key, value, current?.modRevision ?? 0);
      if (!result.ok) throw new Error('conflict');
      // Written at once: what the parent has read was acknowledged before the process died.
      writeSync(3, 'ack ' + result.revision + ' ' + key + ' ' + (isDeletion ? 'gone' : writer + '-' + n) + '\\n');
    }
  };
  for (let writer = 0; writer < ${writers}; writer++) void write(writer);
`;

interface Acknowledged {
  revision: number;
  what: string;
}

test(`SIGKILL amid ${writers} writers, ${rounds} times -> no acknowledged write lost, no revision twice, watches resume`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amarre-crash-'));
  const path = join(folder, 'state');
  const program = join(import.meta.dirname, `../../node_modules/.amarre-crash-${process.pid}.mjs`);
  const writer = buildStateWriter();
  const options = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['lmdb'],
    logLevel: 'error',
  } satisfies BuildOptions;
  buildSync({ ...options, stdin: { contents: writerProgram, resolveDir: import.meta.dirname }, outfile: program });
  const random = seededRandom(7);
  let highest = 0;
  let resumeFrom = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await killAmidWrites([program, path, writer.program], {
        after: 100 + Math.floor(random.next() * 600),
        atLeast: highest,
      });
      const store = await openLmdbStore({ path, log, keepRevisions: 3000, writer: writer.program });
      highest = await checkRound(store, acknowledged, { highest, resumeFrom });
      resumeFrom = Math.max(highest - 500, store.compactedRevision());
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
    writer.remove();
  }
  expect(highest).toBeGreaterThan(rounds * 100);
}, 120_000);

/** Runs the writers until they have acknowledged `after` writes, kills them, and gives every acknowledgement. */
async function killAmidWrites(
  args: string[],
  { after, atLeast }: { after: number; atLeast: number },
): Promise<Map<string, Acknowledged>> {
  // Not the standard output: Node makes that one refuse what its reader has no room for, once there is a thread.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  const newest = new Map<string, Acknowledged>();
  const revisions = new Set<number>();
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const [kind, number = '', key = '', what] = line.split(' ');
    const revision = Number(number);
    if (kind === 'open') expect(revision).toBeGreaterThanOrEqual(atLeast);
    // The last line may be cut.
    if (kind !== 'ack' || what === undefined) continue;
    expect(revision).toBeGreaterThan(atLeast);
    expect(revisions.has(revision)).toBe(false);
    revisions.add(revision);
    if (revision > (newest.get(key)?.revision ?? 0)) newest.set(key, { revision, what });
    if (revisions.size === after) child.kill('SIGKILL');
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
  return newest;
}

async function checkRound(
  store: Awaited<ReturnType<typeof openLmdbStore>>,
  acknowledged: Map<string, Acknowledged>,
  { highest, resumeFrom }: { highest: number; resumeFrom: number },
): Promise<number> {
  const newest = store.currentRevision();
  for (const [key, { revision, what }] of acknowledged) {
    const now = await store.get(key);
    // Writes after the acknowledged one may have been made durable without anyone hearing of it.
    const then = await store.get(key, { revision: Math.max(revision, store.compactedRevision()) });
    const found = then ? Buffer.from(then.value).toString().split('-x')[0] : 'gone';
    if (revision >= store.compactedRevision()) expect(found).toBe(what);
    if (now) expect(now.modRevision === revision || now.modRevision > revision).toBe(true);
    expect(newest).toBeGreaterThanOrEqual(revision);
  }
  // A watcher that had come so far before the crash goes on, with every revision since once and in order.
  const from = Math.max(resumeFrom, store.compactedRevision());
  const seen = await take(store, { prefix: '', afterRevision: from, count: newest - from });
  expect(seen.map(revisionOf)).toEqual(Array.from({ length: newest - from }, (_, i) => from + i + 1));
  expect(newest).toBeGreaterThan(highest);
  return newest;
}
