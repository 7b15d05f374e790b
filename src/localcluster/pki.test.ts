import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom as random, systemRandomBytes as randomBytes } from '../base/system-random.ts';
import { createFolders, type DataFolder, dataFolder } from './data-folder.ts';
import { assertKeysKept, createPki } from './pki.ts';
import { planCluster } from './plan.ts';

const machine = { volumes: 'directory' as const, network: 'loopback' as const, notes: [] };
const spec = planCluster({ dataDir: '/d', nodes: 1 }, { machine, clusterId: '00ffaa', usedCidrs: [] });
const create = (folder: DataFolder): Promise<void> =>
  createPki(folder, spec, { nowMs: systemClock.now(), random, randomBytes });

/** A cluster that has run, without some of its files. */
async function oldCluster(lost: readonly string[]): Promise<DataFolder> {
  const folder = dataFolder(await mkdtemp(join(tmpdir(), 'amarre-pki-')));
  onTestFinished(() => rm(folder.root, { recursive: true, force: true }));
  await createFolders(folder);
  await create(folder);
  for (const name of lost) await rm(join(folder.pki, name));
  return folder;
}

async function textsOf({ pki }: DataFolder): Promise<Record<string, string>> {
  const names = (await readdir(pki)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(pki, name), 'utf8')])),
  );
}

test.each([
  { lost: [], why: 'nothing is missing' },
  { lost: ['ca.key'], why: 'nothing has to be signed' },
])('a start without $lost -> changes no file: $why', async ({ lost }) => {
  const folder = await oldCluster(lost);
  const before = await textsOf(folder);
  await assertKeysKept(folder);
  await create(folder);
  expect(await textsOf(folder)).toEqual(before);
});

test.each([
  { lost: 'encryption-keys.json', use: 'Secrets in the state are encrypted with the keys in it' },
  { lost: 'sa.key', use: 'the tokens of service accounts are signed with the key in it' },
])('a start without $lost -> refused', async ({ lost, use }) => {
  const folder = await oldCluster([lost]);
  await expect(assertKeysKept(folder)).rejects.toThrow(
    `Cannot start: ${join(folder.pki, lost)} is missing, and ${use}. Restore it from a copy of ${folder.root}.`,
  );
});

test('an identity is missing, and the authority that signed the others -> no new authority', async () => {
  const folder = await oldCluster(['ca.key', 'admin.key']);
  const { 'ca.crt': before } = await textsOf(folder);
  await expect(create(folder)).rejects.toThrow(
    `Cannot sign certificates: ${join(folder.pki, 'ca.key')} is missing. Restore it.`,
  );
  expect((await textsOf(folder))['ca.crt']).toBe(before);
});

test('a first start that ended before its certificates -> completed by the next one', async () => {
  const folder = dataFolder(await mkdtemp(join(tmpdir(), 'amarre-pki-')));
  onTestFinished(() => rm(folder.root, { recursive: true, force: true }));
  await createFolders(folder);
  await assertKeysKept(folder);
  await create(folder);
  expect(Object.keys(await textsOf(folder))).toEqual(expect.arrayContaining(['admin.key', 'ca.crt', 'sa.key']));
});
