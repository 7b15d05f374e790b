import type { Deployment, ReplicaSet } from '../../apis/apps/generated/v1.ts';
import { claim, minutesAgo, node, object, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { nodeInZone, ownedBy } from '../testing/workload-builders.ts';
import { a02RolloutOnOneDisk } from './a02-rollout-on-one-disk.ts';

const deployment = object<Deployment>(
  { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' },
  { spec: { replicas: 1, strategy: { type: 'RollingUpdate' } } },
);
const replicaSet = (name: string) =>
  object<ReplicaSet>(
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, namespace: 'shop' },
    { metadata: ownedBy('Deployment', 'web') },
  );
const old = pod({ metadata: { name: 'web-1', ...ownedBy('ReplicaSet', 'web-old') } });
const next = (set: string, overrides: object = {}) =>
  pod({
    metadata: { name: 'web-2', ...ownedBy('ReplicaSet', set), ...overrides },
    spec: { nodeName: 'node-2' },
    status: { phase: 'Pending' },
  });
const base = [deployment, replicaSet('web-old'), replicaSet('web-new'), nodeInZone('node-2', 'zone-a'), claim()];

describeRule(a02RolloutOnOneDisk, {
  finds: [
    {
      name: 'new pod on another node waits for the old one -> found, Recreate is safe',
      objects: [...base, node(), volume(), old, next('web-new')],
      subjects: ['Deployment shop/web'],
      sentence: 'The rollout of web hangs',
      verdicts: { 'Set the strategy': 'safe', 'Add replicas': 'unsafe' },
    },
    {
      name: 'two replicas of one set -> found, an expert has to choose',
      objects: [...base, node(), volume(), old, next('web-old')],
      subjects: ['Deployment shop/web'],
      sentence: 'share one disk',
      verdicts: { 'Run one replica': 'needs-expert' },
    },
  ],
  passesBy: [
    {
      name: 'both on one node -> silent here: nothing hangs',
      objects: [...base, node(), volume(), old, pod({ ...next('web-new'), spec: { nodeName: 'node-1' } })],
    },
    {
      name: 'old node is silent -> silent: that is another rule',
      objects: [...base, silentNode(9), volume(), old, next('web-new')],
    },
    {
      name: 'many nodes may use the volume -> silent',
      objects: [...base, node(), volume({ spec: { accessModes: ['ReadWriteMany'] } }), old, next('web-new')],
    },
    {
      name: 'new pod is a moment old -> silent',
      objects: [...base, node(), volume(), old, next('web-new', { creationTimestamp: minutesAgo(1) })],
    },
  ],
});
