// Does the main job hold its promises, also while processes are killed at random beside it?

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { promises } from '../../src/demo/promises.ts';
import type { DemoReport } from '../../src/demo/report.ts';
import { promiseOf, runVariation } from './demo-run.ts';

/** Runs the demo as a user does; a broken promise is a result, not an error. */
function run(): Promise<{ stdout: string; exitCode: number }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [demoProgram, '--json'], { maxBuffer: 2 ** 24 }, (error, stdout) => {
      const exitCode = error ? error.code : 0;
      if (typeof exitCode === 'number') resolve({ stdout, exitCode });
      else reject(error);
    });
  });
}

const demoProgram = join(import.meta.dirname, '../../dist/demo.js');

test('npm run demo -- --json -> one document on standard output, nothing lost, and an exit code that says what it says', async () => {
  const { stdout, exitCode } = await run();
  const report = JSON.parse(stdout) as DemoReport;
  expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(report.promises.map(({ id }) => id).sort()).toEqual(promises.map(({ id }) => id).sort());
  expect(report.ok).toBe(report.promises.every(({ held }) => held !== false));
  expect(exitCode).toBe(report.ok ? 0 : 1);
  // What must never happen is asserted; how fast it went depends on the machine, and is printed.
  expect(report.promises.filter(({ bound, held }) => bound === 0 && held === false)).toEqual([]);
  expect(report.promises.filter(({ measured, held }) => measured === null && held !== 'not-offered')).toEqual([]);
  const timed = report.promises.filter(({ bound }) => bound !== 0);
  process.stdout.write(
    `${timed.map(({ id, measured, bound, unit }) => `  ${id}: ${measured} ${unit}, bound ${bound}`).join('\n')}\n`,
  );
}, 300_000);

test('20 and more random kill -9 of control plane, agents and CSI driver beside the steps -> nothing lost', async () => {
  const report = await runVariation({ kills: { everyMs: 1_000 }, skip: ['claims'] });
  expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
  const kills = report.steps.find(({ id }) => id === 'random-kills')?.['kills'];
  expect(kills).toBeGreaterThanOrEqual(20);
  const killed = report.steps.find(({ id }) => id === 'random-kills')?.['killed'] as { name: string }[];
  const kinds = new Set(killed.map(({ name }) => name));
  for (const group of [['agent'], ['csi-controller', 'csi-node'], ['apiserver', 'controllers']])
    expect(group.some((name) => kinds.has(name))).toBe(true);
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
