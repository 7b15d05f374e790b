import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { demoMain } from './main.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-demo-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each<{ name: string; make: (postgres: string) => void }>([
  { name: 'no folder of versions', make: () => {} },
  { name: 'a folder without versions', make: (postgres) => mkdirSync(postgres) },
  {
    name: 'only the client of a version',
    make: (postgres) => {
      mkdirSync(join(postgres, '15/bin'), { recursive: true });
      writeFileSync(join(postgres, '15/bin/psql'), '');
    },
  },
])('PostgreSQL is missing: $name -> one sentence with its remedy, and nothing was started', async ({ make }) => {
  const postgres = join(folder, 'postgresql');
  make(postgres);
  const workDir = join(folder, 'work');
  const said: string[] = [];
  const running = demoMain(['--json', '--work-dir', workDir], {
    paths: { program: '/no/such/amarre.js', manifests: '/no/such/postgres.yaml', postgres },
    terminal: { out: (text) => said.push(text), err: (text) => said.push(text), isInteractive: false },
    signal: new AbortController().signal,
  });
  await expect(running).rejects.toThrow(
    `Cannot run the demo: PostgreSQL is missing, there is no ${postgres}/*/bin/postgres. Install it: apt-get install postgresql`,
  );
  expect(said).toEqual([]);
  expect(readdirSync(folder)).not.toContain('work');
});
