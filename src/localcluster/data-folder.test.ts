import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFolders, dataFolder, parseClusterSpec, readClusterSpec, writeClusterSpec } from './data-folder.ts';
import { planCluster } from './plan.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'amarre-data-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each([
  { name: 'not JSON', text: '{"formatVersion": 1,', message: /is not valid JSON, so it is damaged/ },
  { name: 'no format', text: '{}', message: /has no formatVersion, so it is not a cluster's/ },
  { name: 'a newer format', text: '{"formatVersion": 99}', message: /has format 99, this release reads up to 1/ },
])('parseClusterSpec: $name -> says so and what to do', ({ text, message }) => {
  expect(() => parseClusterSpec(text, '/d/amarre.json')).toThrow(message);
});

test('a new folder -> no cluster; a written one -> the same cluster, readable by its owner only', async () => {
  const folder = dataFolder(join(root, 'data'));
  expect(await readClusterSpec(folder)).toBeUndefined();
  const spec = planCluster(
    { dataDir: folder.root },
    { machine: { volumes: 'directory', network: 'loopback', notes: [] }, clusterId: 'a1b2c3', usedCidrs: [] },
  );
  await createFolders(folder);
  await writeClusterSpec(folder, spec);
  expect(await readClusterSpec(folder)).toEqual(JSON.parse(JSON.stringify(spec)));
  expect((await stat(folder.clusterFile)).mode & 0o777).toBe(0o600);
  expect((await stat(folder.root)).mode & 0o777).toBe(0o700);
  expect(await readFile(folder.clusterFile, 'utf8')).toContain('"formatVersion": 1');
});
