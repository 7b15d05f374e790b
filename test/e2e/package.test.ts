// Does the package work where the repository is not?

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const exec = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
let work: string;
let amarre: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'amarre-package-'));
  // The build is there: packing must not need the sources' tools again.
  await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', work], { cwd: repository });
  const [tarball] = (await readdir(work)).filter((name) => name.endsWith('.tgz'));
  const prefix = join(work, 'prefix');
  await mkdir(prefix);
  await exec('npm', ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', join(work, tarball ?? '')], {
    cwd: work,
  });
  amarre = async (...args) => (await exec(join(prefix, 'bin/amarre'), args, { cwd: work })).stdout;
});

afterAll(() => rm(work, { recursive: true, force: true }));

test('the packed package, installed in an empty folder -> has every command and starts a cluster', async () => {
  const help = await amarre('--help');
  for (const command of ['up', 'down', 'status', 'node']) expect(help).toMatch(new RegExp(`^ +${command}\\b`, 'm'));

  const dataDir = join(work, 'data');
  const flags = ['--data-dir', dataDir];
  try {
    const up = await amarre('up', ...flags, '--nodes', '1', '--port', '17443', '--pool-size', '1Gi', '--detach');
    expect(up).toMatch(/Amarre is up after .* 1 node in 1 zone/);
    const status = JSON.parse(await amarre('status', ...flags, '-o', 'json')) as { nodes: { ready: string }[] };
    expect(status.nodes.map(({ ready }) => ready)).toEqual(['Ready']);
  } finally {
    await amarre('down', ...flags, '--purge');
  }
});
