import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allRules } from '../src/doctor/rules/all.ts';

const repository = join(import.meta.dirname, '..');
const page = readFileSync(join(repository, 'docs/reference/doctor-live.md'), 'utf8');
const [reproduced = '', others = ''] = page.split('## Not reproduced').map(rulesIn);

function rulesIn(text: string): string {
  return sorted([...text.matchAll(/^\| ([A-Z]\d\d) \|/gm)].map(([, id = '']) => id));
}

function sorted(ids: readonly string[]): string {
  return [...new Set(ids)].toSorted((a, b) => a.localeCompare(b)).join(' ');
}

test('every rule is either reproduced or has its reason', () => {
  const byId = (a: string, b: string): number => a.localeCompare(b);
  const named = `${reproduced} ${others}`.split(' ').toSorted(byId);
  expect(named).toEqual(allRules.map(({ id }) => id).toSorted(byId));
  expect(page).toContain(`${reproduced.split(' ').length} of the ${allRules.length} rules`);
});

test('the page says reproduced of what the tests on a running cluster reproduce, and of nothing else', () => {
  const folder = join(repository, 'test/e2e');
  const tests = readdirSync(folder).filter((name) => /^doctor.*\.test\.ts$/.test(name));
  const found = tests.flatMap((name) => [
    ...readFileSync(join(folder, name), 'utf8').matchAll(/(?:finds: |return )['`]([A-Z]\d\d) [A-Z]/g),
  ]);
  expect(sorted(found.map(([, id = '']) => id))).toBe(reproduced);
});
