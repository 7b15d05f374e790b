// Does the main job hold its promises, also while processes are killed at random beside it?

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { promises } from '../../src/demo/promises.ts';
import type { DemoReport } from '../../src/demo/report.ts';
import { promiseOf, runVariation } from './demo-run.ts';

const run = promisify(execFile);
const demoProgram = join(import.meta.dirname, '../../dist/demo.js');

test('npm run demo -- --json -> every promise held, one document on standard output, exit code 0', async () => {
  const { stdout } = await run(process.execPath, [demoProgram, '--json'], { maxBuffer: 2 ** 24 });
  const report = JSON.parse(stdout) as DemoReport;
  expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(report.promises.map(({ id }) => id).sort()).toEqual(promises.map(({ id }) => id).sort());
  expect(report.promises.filter(({ held }) => held === false)).toEqual([]);
  expect(report.ok).toBe(true);
}, 300_000);

test('20 and more random kill -9 of control plane, agents and CSI driver beside the steps -> nothing lost', async () => {
  const report = await runVariation({ kills: { everyMs: 1_500 }, skip: ['claims'] });
  expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
  const kills = report.steps.find(({ id }) => id === 'random-kills')?.['kills'];
  expect(kills).toBeGreaterThanOrEqual(20);
  // A failover that overlaps a kill must lose nothing, but need not meet the time.
  const kept = [
    'rows-lost-node-crash',
    'rows-lost-agent-frozen',
    'double-writes',
    'restore-rows-missing',
    'restore-rows-wrong',
    'restarts-by-control-plane-kills',
  ] as const;
  for (const id of kept) expect(promiseOf(report, id)).toMatchObject({ id, measured: 0, held: true });
}, 600_000);
