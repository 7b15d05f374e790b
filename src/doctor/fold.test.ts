import { expect, test } from 'vitest';
import { examine } from './examine.ts';
import { type Finding, type ObjectRef, type Severity } from './finding.ts';
import { flatten, fold } from './fold.ts';
import { allRules } from './rules/all.ts';
import { defaultSettings } from './settings.ts';
import {
  attachment,
  claim,
  csiNode,
  event,
  minutesAgo,
  pod,
  silentNode,
  snapshotOf,
  volume,
} from './testing/builders.ts';

const ref = (name: string): ObjectRef => ({ kind: 'Thing', name });

function finding(name: string, blames: string[] = [], severity: Severity = 'Medium'): Finding {
  const texts = { sentence: 'Something is so.', cause: 'c', consequence: 'c' };
  return {
    rule: 'X00',
    severity,
    subject: ref(name),
    objects: [ref(name)],
    evidence: [],
    actions: [],
    blames: blames.map(ref),
    ...texts,
  };
}

const shape = (folded: ReturnType<typeof fold>): unknown[] =>
  folded.map(({ finding: { subject }, symptoms }) =>
    symptoms.length > 0 ? [subject.name, shape(symptoms)] : subject.name,
  );

test.each<{ name: string; findings: Finding[]; want: unknown[] }>([
  { name: 'nothing to blame -> roots', findings: [finding('a'), finding('b')], want: ['a', 'b'] },
  { name: 'blames an object without a finding -> root', findings: [finding('a', ['gone'])], want: ['a'] },
  {
    name: 'chain -> one root',
    findings: [finding('a', ['b']), finding('b', ['c']), finding('c')],
    want: [['c', [['b', ['a']]]]],
  },
  {
    name: 'several to blame -> the first that has a finding',
    findings: [finding('a', ['x', 'c', 'b']), finding('b'), finding('c')],
    want: ['b', ['c', ['a']]],
  },
  {
    name: 'circle -> broken, nothing lost',
    findings: [finding('a', ['b']), finding('b', ['a'])],
    want: [['b', ['a']]],
  },
  { name: 'blames itself -> root', findings: [finding('a', ['a'])], want: ['a'] },
])('fold: $name', ({ findings, want }) => {
  expect(shape(fold(findings))).toEqual(want);
  expect(flatten(fold(findings))).toHaveLength(findings.length);
});

test('fold: a root is as severe as its worst symptom, and the worst root comes first', () => {
  const folded = fold([finding('a', [], 'High'), finding('b', [], 'Low'), finding('c', ['b'], 'Critical')]);
  expect(folded.map((each) => [each.finding.subject.name, each.finding.severity])).toEqual([
    ['b', 'Critical'],
    ['a', 'High'],
  ]);
});

test('a node crash with 40 pods -> one root', () => {
  const objects = Array.from({ length: 40 }, (_, index) => {
    const names = { claim: `data-${index}`, pv: `pv-${index}`, pod: `db-${index}` };
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: names.claim } }];
    const old = pod({ metadata: { name: names.pod, deletionTimestamp: minutesAgo(4) }, spec: { volumes } });
    const next = pod({
      metadata: { name: `${names.pod}-next` },
      spec: { volumes, nodeName: 'node-2' },
      status: { phase: 'Pending' },
    });
    return [
      old,
      next,
      event(next, { reason: 'FailedMount', message: 'Unable to attach or mount volumes: unmounted volumes=[data]' }),
      claim({ metadata: { name: names.claim }, spec: { volumeName: names.pv } }),
      volume({
        metadata: { name: names.pv },
        spec: { claimRef: { name: names.claim, uid: `persistentvolumeclaim-${names.claim}` } },
      }),
      attachment({ metadata: { name: `csi-${index}` }, spec: { source: { persistentVolumeName: names.pv } } }),
    ];
  }).flat();
  const { findings } = examine(
    snapshotOf([silentNode(10), csiNode({ metadata: { name: 'node-2' } }), ...objects]),
    allRules,
    defaultSettings,
  );
  expect(findings.length).toBeGreaterThan(40);
  expect(fold(findings).map(({ finding: { subject } }) => subject)).toEqual([{ kind: 'Node', name: 'node-1' }]);
});
