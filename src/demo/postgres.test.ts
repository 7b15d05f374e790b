import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pollUntil } from '../base/poll.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { systemRandom as random } from '../base/system-random.ts';
import { connectDatabase, NotDurableError } from './connection.ts';
import { LocalPostgres } from './local-postgres.ts';
import { watchLock } from './lock-watch.ts';
import { measureQuiesce, parseHookLog } from './quiesce.ts';
import { lostRows, wrongRows } from './row-checks.ts';
import { readAllSql, type StoredRow, schemaSql } from './rows.ts';
import { RecordedHistory } from './write-history.ts';
import { Writer } from './writer.ts';

let postgres: LocalPostgres;
let folder: string;
let stop: AbortController;
let port = 15_432;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-demo-'));
  stop = new AbortController();
  port += 1;
});
afterEach(async () => {
  stop.abort();
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function started(options: { quiesceSeconds?: number; postgresOptions?: string } = {}): Promise<LocalPostgres> {
  postgres = new LocalPostgres({ port, ...options });
  await postgres.start(stop.signal);
  return postgres;
}

async function query<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
  const connection = await connectDatabase({
    endpoint: postgres.endpoint,
    clock,
    password: postgres.password,
    assertDurable: false,
  });
  return connection.query<Row>('', sql).finally(() => connection.destroy());
}

async function storedRows(): Promise<StoredRow[]> {
  return (await query<{ sequence: string; token: string; payload: string }>(readAllSql)).map((row) => ({
    ...row,
    sequence: Number(row.sequence),
  }));
}

function writerOf(assertDurable = true): { history: RecordedHistory; running: Promise<void> } {
  const history = new RecordedHistory(join(folder, 'writes.jsonl'));
  const { endpoint, password } = postgres;
  const options = { clock, random, history, password, assertDurable, connections: 8, rowsPerSecond: 320 };
  return { history, running: new Writer({ ...options, findEndpoint: async () => endpoint }).run(stop.signal) };
}

const sleep = (ms: number): Promise<void> => clock.sleep(ms, stop.signal);

test('server killed while 8 connections write -> no acknowledged row lost, numbers without holes', async () => {
  await started();
  await query(schemaSql);
  const { history, running } = writerOf();
  await sleep(1_500);
  expect(history.acknowledgements.length).toBeGreaterThan(0);
  postgres.crash();
  const before = history.acknowledgements.length;
  await sleep(500);
  await postgres.start(stop.signal);
  await pollUntil(async () => history.acknowledgements.length > before + 100, {
    clock,
    signal: stop.signal,
    intervalMs: 20,
  });
  stop.abort();
  await running;
  stop = new AbortController();
  const rows = await storedRows();
  expect(lostRows(history.acknowledgements, rows)).toEqual([]);
  expect(wrongRows(history.sends, rows)).toEqual([]);
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
  history.close();
}, 90_000);

test('hooks around a pause -> lock seen, nothing written while it was held, writers go on after it', async () => {
  await started();
  await query(schemaSql);
  const { history, running } = writerOf();
  await sleep(1_000);
  const looking = new AbortController();
  const { endpoint, password } = postgres;
  const watching = watchLock({ endpoint, password, assertDurable: true, clock }, looking.signal);
  await postgres.script('quiesce');
  await sleep(200);
  await postgres.script('thaw');
  looking.abort();
  await sleep(300);
  const hooks = parseHookLog(postgres.hookFile('hooks.log'));
  const found = measureQuiesce({
    history,
    sightings: await watching,
    hooks,
    backupStartMs: 0,
    backupEndMs: clock.now(),
  });
  expect(found.reason).toBeUndefined();
  expect(found.quiesceMs).toBeGreaterThan(200);
  expect(found.longestGapMs).toBeGreaterThan(200);
  const count = history.acknowledgements.length;
  await sleep(300);
  expect(history.acknowledgements.length).toBeGreaterThan(count);
  stop.abort();
  await running;
  history.close();
}, 30_000);

test('no post hook comes -> the lock ends by itself; the late post hook fails', async () => {
  await started({ quiesceSeconds: 1 });
  await query('CREATE TABLE t (a int)');
  await postgres.script('quiesce');
  const began = clock.monotonic();
  await query('INSERT INTO t VALUES (1)');
  expect(clock.monotonic() - began).toBeGreaterThan(400);
  await expect(postgres.script('thaw')).rejects.toThrow('not quiesced any more');
}, 30_000);

test('a table that stays in use -> the pre hook fails with the reason and leaves no lock', async () => {
  await started();
  await query('CREATE TABLE t (a int)');
  const holder = await connectDatabase({
    endpoint: postgres.endpoint,
    clock,
    password: postgres.password,
    assertDurable: true,
  });
  await holder.query('', 'BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE');
  await expect(postgres.script('quiesce')).rejects.toThrow('the tables are in use');
  holder.destroy();
  expect(await query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'amarre-quiesce'")).toEqual([]);
}, 30_000);

test('no server -> hooks fail, and say so', async () => {
  postgres = new LocalPostgres({ port });
  await expect(postgres.script('quiesce')).rejects.toThrow(/refused/);
  await expect(postgres.script('thaw')).rejects.toThrow(/refused/);
}, 30_000);

test('fsync is off -> the writer refuses at once', async () => {
  await started({ postgresOptions: '-c fsync=off' });
  await query(schemaSql);
  const { history, running } = writerOf();
  await expect(running).rejects.toBeInstanceOf(NotDurableError);
  history.close();
}, 30_000);

test('SIGTERM with clients connected -> a clean stop at once', async () => {
  await started();
  const connection = await connectDatabase({
    endpoint: postgres.endpoint,
    clock,
    password: postgres.password,
    assertDurable: true,
  });
  const began = clock.monotonic();
  expect(await postgres.stop()).toBe(0);
  expect(clock.monotonic() - began).toBeLessThan(5_000);
  connection.destroy();
}, 30_000);
