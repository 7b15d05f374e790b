import { expect, test } from 'vitest';
import { allHeld, judge, type Measurement, promises } from './promises.ts';
import { renderReport, reportOf } from './report.ts';

const kept = { ...Object.fromEntries(promises.map(({ id }) => [id, 0])), 'writer-rows-per-s': 200 };
const machine = {
  cpus: 2,
  memoryBytes: 2 ** 34,
  kernel: '6.1',
  node: '20',
  volumes: 'block',
  network: 'namespaces',
  notes: [],
};

test.each<{ name: string; measured: Measurement; held: boolean | 'not-offered'; ok: boolean }>([
  { name: 'below the bound -> held', measured: 1_999.96, held: true, ok: true },
  { name: 'at the bound -> held', measured: 2_000, held: true, ok: true },
  { name: 'beyond the bound -> broken', measured: 2_000.01, held: false, ok: false },
  { name: 'not measured -> broken', measured: undefined, held: false, ok: false },
  { name: 'not offered here -> said, and no failure', measured: 'not-offered', held: 'not-offered', ok: true },
])('judge: $name', ({ measured, held, ok }) => {
  const results = judge({ ...kept, 'quiesce-ms': measured });
  expect(results.find(({ id }) => id === 'quiesce-ms')?.held).toBe(held);
  expect(allHeld(results)).toBe(ok);
  expect(reportOf({ machine, steps: [], promises: results }).ok).toBe(ok);
});

test('a minimum that is not reached -> broken', () => {
  const results = judge({ ...kept, 'writer-rows-per-s': 199.9 });
  expect(results.filter(({ held }) => held !== true).map(({ id }) => id)).toEqual(['writer-rows-per-s']);
});

test('a failed step -> not ok, though every promise was measured and held', () => {
  const report = reportOf({ machine, steps: [{ id: 'grow', ms: 5, error: 'no space' }], promises: judge(kept) });
  expect(report.ok).toBe(false);
  expect(renderReport(report)).toContain('Step grow failed: no space');
});

test('renderReport: nothing is wider than 120 columns, and nothing is left out', () => {
  const details = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`figure${index}Ms`, index]));
  const steps = [
    { id: 'node-crash', ms: 5_432, ...details, proofName: `pvc-${'0'.repeat(36)}-1`, killed: [{ name: 'agent' }] },
    { id: 'backup', ms: 1, error: 'the volume is away. '.repeat(20) },
  ];
  const notes = ['volumes are folders, '.repeat(12)];
  const text = renderReport(reportOf({ machine: { ...machine, notes }, steps, promises: judge(kept) }));
  const lines = text.split('\n');
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
  for (let index = 0; index < 30; index++) expect(text).toMatch(new RegExp(`figure${index} ${index} ms`));
  // A second line of a cell stands below the first one, not below the step.
  const second = lines[lines.findIndex((line) => line.startsWith('Cut the power')) + 1] ?? '';
  const column = lines.find((line) => line.startsWith('step '))?.indexOf('measured') ?? 0;
  expect(second.search(/\S/)).toBe(column);
  expect(text).not.toContain('[object');
});

test('renderReport: a row each, times in words', () => {
  const steps = [{ id: 'node-crash', ms: 5_432, detectMs: 2_512, rowsLost: 0, proof: 'Gate', unseen: undefined }];
  const text = renderReport(reportOf({ machine, steps, promises: judge({ ...kept, 'double-writes': 3 }) }));
  expect(text).toContain('Cut the power of the node');
  expect(text).toContain('detect 2.5 s, rows lost 0, proof Gate');
  expect(text).toMatch(/generations changed after their cut.*0 writes.*3 writes.*NOT HELD/);
  expect(text).toContain('NOT held: double-writes');
});
