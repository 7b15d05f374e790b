import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom, systemRandomBytes } from '../base/system-random.ts';
import { type ClusterSpec, type DataFolder, dataFolder } from './data-folder.ts';
import { createPki, encryptionKeysPath, signingKeysPath } from './pki.ts';
import {
  type EncryptionReport,
  encryptionReportPath,
  isRewritten,
  rotateEncryptionKey,
  rotateTokenKey,
  withNewKey,
} from './rotate-keys.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

const { signal } = new AbortController();
const spec = {
  clusterId: 'abc123',
  nodes: [{ name: 'node-1', zone: 'zone-a', address: '127.0.0.1' }],
  apiAddresses: ['127.0.0.1'],
  port: 6443,
} as ClusterSpec;

async function newFolder(): Promise<DataFolder> {
  const root = await mkdtemp(join(tmpdir(), 'amarre-keys-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = dataFolder(root);
  await mkdir(folder.run, { recursive: true });
  const issue = { nowMs: systemClock.now(), random: systemRandom, randomBytes: systemRandomBytes };
  await createPki(folder, spec, issue);
  await writeKubeconfig(folder, spec);
  return folder;
}

const holdsKey = (text: string): boolean => /PRIVATE KEY|"secret"|client-key-data/.test(text);

async function keyFiles(folder: DataFolder): Promise<Record<string, string>> {
  const entries = await readdir(folder.root, { recursive: true, withFileTypes: true });
  const modes: Record<string, string> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !holdsKey(await readFile(path, 'utf8'))) continue;
    modes[path.slice(folder.root.length + 1)] = ((await stat(path)).mode & 0o777).toString(8);
  }
  return modes;
}

test('every file of the data folder that holds a key -> 0600, after rotations too', async () => {
  const folder = await newFolder();
  const report = { keys: ['key2'], use: { key2: 1 } };
  await writeFile(encryptionReportPath(folder, ''), JSON.stringify(report));
  await rotateTokenKey(folder);
  await rotateEncryptionKey(folder, { clock: systemClock, randomBytes: systemRandomBytes, instances: [''] }, signal);
  const modes = await keyFiles(folder);
  expect(Object.keys(modes).sort()).toEqual(
    [
      'kubeconfig',
      ...[
        'admin',
        'apiserver',
        'backup',
        'ca',
        'controllers',
        'controllers-serving',
        'downloads',
        'kubelet-client',
        'node-node-1',
        'sa',
      ].map((name) => `pki/${name}.key`),
      'pki/encryption-keys.json',
    ].sort(),
  );
  expect(new Set(Object.values(modes))).toEqual(new Set(['600']));
});

test('a new key for tokens -> in front, the old one still there', async () => {
  const folder = await newFolder();
  const before = await readFile(signingKeysPath(folder), 'utf8');
  await rotateTokenKey(folder);
  const after = await readFile(signingKeysPath(folder), 'utf8');
  expect(after.endsWith(before)).toBe(true);
  expect(after.match(/BEGIN PRIVATE KEY/g)).toHaveLength(2);
});

test('a new key for Secrets -> the old one is removed only when the server has encrypted everything anew', async () => {
  const folder = await newFolder();
  const namesIn = async (): Promise<string[]> =>
    (JSON.parse(await readFile(encryptionKeysPath(folder), 'utf8')) as { keys: { name: string }[] }).keys.map(
      ({ name }) => name,
    );
  await writeFile(encryptionReportPath(folder, ''), JSON.stringify({ keys: ['key1'], use: { key1: 3 } }));
  const rotation = rotateEncryptionKey(
    folder,
    { clock: systemClock, randomBytes: systemRandomBytes, instances: [''] },
    signal,
  );
  await expect.poll(namesIn).toEqual(['key2', 'key1']);
  await writeFile(encryptionReportPath(folder, ''), JSON.stringify({ keys: ['key2', 'key1'], use: { key2: 3 } }));
  expect(await rotation).toBe('key2');
  expect(await namesIn()).toEqual(['key2']);
});

test('a new key for Secrets of several servers -> none writes with it before all can read with it', async () => {
  const folder = await newFolder();
  const report = (instance: string, keys: string[], use: Record<string, number>): Promise<void> =>
    writeFile(encryptionReportPath(folder, instance), JSON.stringify({ keys, use }));
  const namesIn = async (): Promise<string[]> =>
    (JSON.parse(await readFile(encryptionKeysPath(folder), 'utf8')) as { keys: { name: string }[] }).keys.map(
      ({ name }) => name,
    );
  for (const instance of ['', '2']) await report(instance, ['key1'], { key1: 3 });
  const deps = { clock: systemClock, randomBytes: systemRandomBytes, instances: ['', '2'] };
  const rotation = rotateEncryptionKey(folder, deps, signal);
  await expect.poll(namesIn).toEqual(['key1', 'key2']);
  await report('', ['key1', 'key2'], { key1: 3 });
  await systemClock.sleep(500, signal);
  expect(await namesIn()).toEqual(['key1', 'key2']);
  await report('2', ['key1', 'key2'], { key1: 3 });
  await expect.poll(namesIn).toEqual(['key2', 'key1']);
  await report('2', ['key2', 'key1'], { key2: 3 });
  await systemClock.sleep(500, signal);
  expect(await namesIn()).toEqual(['key2', 'key1']);
  await report('', ['key2', 'key1'], { key2: 3 });
  expect(await rotation).toBe('key2');
  expect(await namesIn()).toEqual(['key2']);
});

test.each<{ name: string; report: EncryptionReport; want: boolean }>([
  { name: 'all with the new key', report: { keys: ['key2'], use: { key2: 4 } }, want: true },
  { name: 'nothing stored', report: { keys: ['key2'], use: {} }, want: true },
  { name: 'the server has the old key in front', report: { keys: ['key1'], use: { key1: 1 } }, want: false },
  { name: 'one value with the old key', report: { keys: ['key2'], use: { key2: 1, key1: 1 } }, want: false },
  { name: 'one value in plain', report: { keys: ['key2'], use: { key2: 1, identity: 1 } }, want: false },
])('isRewritten: $name -> $want', ({ report, want }) => {
  expect(isRewritten(report, 'key2')).toBe(want);
});

test('withNewKey: names count on', () => {
  const key = (name: string) => ({ name, secret: 's' });
  const names = withNewKey({ resources: [], keys: [key('key7'), key('mine')] }, systemRandomBytes).keys;
  expect(names.map(({ name }) => name)).toEqual(['key8', 'key7', 'mine']);
});
