// Are files told from what is not there?

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exists } from './exists.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'exists-'));
  await writeFile(join(root, 'file'), '', { mode: 0 });
  await mkdir(join(root, 'folder'));
  await symlink('file', join(root, 'link'));
  await symlink('gone', join(root, 'broken'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

test.each([
  { name: 'a file that nobody may read -> yes', path: 'file', want: true },
  { name: 'a folder -> yes', path: 'folder', want: true },
  { name: 'a link to a file -> yes', path: 'link', want: true },
  { name: 'a link to nothing -> no', path: 'broken', want: false },
  { name: 'nothing -> no', path: 'gone', want: false },
  { name: 'below a file -> no', path: 'file/below', want: false },
])('exists: $name', async ({ path, want }) => {
  expect(await exists(join(root, path))).toBe(want);
});
