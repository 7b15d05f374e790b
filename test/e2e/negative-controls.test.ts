// Would the demo notice? Each run leaves one safeguard out, and its check must turn red.

import { expect, test } from 'vitest';
import type { Draft, KubeObject } from '../../src/apimachinery/meta.ts';
import type { StatefulSet } from '../../src/apis/apps/generated/v1.ts';
import { promiseOf, runVariation } from './demo-run.ts';

function statefulSet(manifests: Draft<KubeObject>[]): StatefulSet {
  const found = manifests.find(({ kind }) => kind === 'StatefulSet');
  if (!found) throw new RangeError('The example has no StatefulSet');
  return found as unknown as StatefulSet;
}

test('neither revoke nor kill, only the cut -> double writes are found', async () => {
  const report = await runVariation({
    env: { AMARRE_SABOTAGE: 'no-fence' },
    skip: ['claims', 'control-plane-kills', 'grow', 'backup', 'node-crash', 'namespace-loss'],
  });
  const doubleWrites = promiseOf(report, 'double-writes');
  expect(doubleWrites.held).toBe(false);
  expect(doubleWrites.measured).toBeGreaterThan(0);
  expect(report.ok).toBe(false);
}, 300_000);

test('PostgreSQL without fsync under a power cut -> rows are lost, or the database is', async () => {
  const report = await runVariation({
    assertDurable: false,
    change: (manifests) => {
      const variables = statefulSet(manifests).spec?.template.spec?.containers[0]?.env ?? [];
      const options = variables.find(({ name }) => name === 'POSTGRES_OPTIONS');
      if (options) options.value = '-c fsync=off';
    },
    skip: ['claims', 'control-plane-kills', 'grow', 'backup', 'agent-frozen', 'namespace-loss', 'double-writes'],
  });
  // Only the crash may fail: a cluster that never started would prove nothing.
  expect(report.steps.filter(({ id, error }) => error !== undefined && id !== 'node-crash')).toEqual([]);
  const lost = promiseOf(report, 'rows-lost-node-crash');
  expect(lost.held).toBe(false);
  if (lost.measured !== null) expect(lost.measured).toBeGreaterThan(0);
  expect(report.ok).toBe(false);
}, 300_000);

test('PostgreSQL without fsync, unless told otherwise -> the writer refuses it', async () => {
  const report = await runVariation({
    change: (manifests) => {
      const variables = statefulSet(manifests).spec?.template.spec?.containers[0]?.env ?? [];
      const options = variables.find(({ name }) => name === 'POSTGRES_OPTIONS');
      if (options) options.value = '-c fsync=off';
    },
    skip: ['claims'],
  });
  expect(
    report.steps
      .map(({ error }) => error)
      .filter(Boolean)
      .join(),
  ).toContain('fsync = off');
}, 300_000);

// They write the marks of the real hooks, so that only the lock is missing.
const mark = (...names: string[]): string =>
  JSON.stringify([
    '/bin/bash',
    '-c',
    names.map((name) => `echo "$(date +%s.%6N) ${name}" >>"$HOOK_DIR/hooks.log"`).join(';'),
  ]);

test.each<{ name: string; pre: string; post: string; why: string }>([
  { name: 'do nothing', pre: '["true"]', post: '["true"]', why: 'the hooks left no record' },
  {
    name: 'leave their marks but take no lock',
    pre: mark('pre-start', 'pre-end'),
    post: mark('post-end'),
    why: 'no lock of the hook was seen',
  },
])(
  'hooks that $name while the writer goes on -> quiesce is not claimed',
  async ({ pre, post, why }) => {
    const report = await runVariation({
      change: (manifests) => {
        const annotations = statefulSet(manifests).spec?.template.metadata?.annotations ?? {};
        annotations['pre.hook.backup.velero.io/command'] = pre;
        annotations['post.hook.backup.velero.io/command'] = post;
      },
      skip: ['claims', 'control-plane-kills', 'grow', 'node-crash', 'agent-frozen', 'namespace-loss', 'double-writes'],
    });
    // The backup itself completes: only what was claimed of it may be refused.
    expect(report.steps.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(promiseOf(report, 'quiesce-ms')).toMatchObject({ measured: null, held: false });
    expect(report.steps.find(({ id }) => id === 'backup')?.['notClaimed']).toContain(why);
    expect(report.ok).toBe(false);
  },
  300_000,
);
