import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allRules } from '../src/doctor/rules/all.ts';
import { doctorPage } from './doctor-page.ts';

const written = readFileSync(join(import.meta.dirname, '../docs/reference/doctor-rules.md'), 'utf8');

test('the reference page is what the rules say now; `npm run docs:doctor` writes it anew', () => {
  expect(written === doctorPage(allRules)).toBe(true);
});

test('the page has every rule, and each of its links leads to one', () => {
  const headings = [...written.matchAll(/^### (.+)$/gm)].map(([, text = '']) => text);
  expect(headings.map((text) => text.split(' ')[0])).toEqual(expect.arrayContaining(allRules.map(({ id }) => id)));
  const anchors = headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [, target = ''] of written.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(target);
});
