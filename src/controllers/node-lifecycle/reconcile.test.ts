import { expect, test } from 'vitest';
import type { Node, NodeCondition, Pod, Taint } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { NodeAssessment, NodeHealth } from '../../fencing/suspicion.ts';
import { type EvictionStep, reconcileEviction } from './eviction.ts';
import { reconcileNode, type Step, suspectedAtAnnotation } from './reconcile.ts';

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

function node(
  ready: string | undefined,
  options: { taints?: Taint[]; suspected?: boolean; unschedulable?: boolean } = {},
): Node {
  const conditions: NodeCondition[] = types.map((type) => ({
    type,
    status: ready === 'Unknown' ? 'Unknown' : type === 'Ready' ? (ready ?? '') : 'False',
  }));
  return {
    metadata: {
      ...metadata,
      name: 'node-1',
      ...(options.suspected && { annotations: { [suspectedAtAnnotation]: 'then' } }),
    },
    spec: { taints: options.taints ?? [], ...(options.unschedulable && { unschedulable: true }) },
    status: { conditions: ready === undefined ? [] : conditions },
  };
}

function judged(health: NodeHealth, isBraked = false): NodeAssessment {
  return { nodeName: 'node-1', health, silentMs: 0, recheckInMs: undefined, isBraked };
}

function pod(ready: string): Pod {
  return { metadata: { ...metadata, name: 'web-0' }, status: { conditions: [{ type: 'Ready', status: ready }] } };
}

const unreachable = (effect: string): Taint => ({ key: 'node.kubernetes.io/unreachable', effect });
const both = [unreachable('NoSchedule'), unreachable('NoExecute')];
const foreign: Taint = { key: 'gpu', effect: 'NoExecute' };

test.each<{ name: string; node: Node; assessment?: NodeAssessment; pods?: Pod[]; want: Step }>([
  { name: 'healthy node -> settled', node: node('True'), assessment: judged('Alive'), want: { type: 'Settled' } },
  {
    name: 'suspected node -> conditions become Unknown',
    node: node('True'),
    assessment: judged('Suspected'),
    want: { type: 'MarkUnknown', conditions: types },
  },
  {
    name: 'suspected node that never spoke -> the same',
    node: node(undefined),
    assessment: judged('Suspected'),
    want: { type: 'MarkUnknown', conditions: types },
  },
  {
    name: 'observer out of contact -> settled',
    node: node('True'),
    assessment: judged('Undecided'),
    want: { type: 'Settled' },
  },
  { name: 'not judged yet -> settled', node: node('True'), want: { type: 'Settled' } },
  {
    name: 'Unknown -> unreachable taints',
    node: node('Unknown'),
    assessment: judged('Suspected'),
    want: { type: 'SetTaints', taints: both, isSuspect: true },
  },
  {
    name: 'Unknown, half of the nodes silent -> no NoExecute',
    node: node('Unknown'),
    assessment: judged('Suspected', true),
    want: { type: 'SetTaints', taints: [unreachable('NoSchedule')], isSuspect: true },
  },
  {
    name: 'storm begins after the taint -> NoExecute is taken back',
    node: node('Unknown', { taints: both, suspected: true }),
    assessment: judged('Suspected', true),
    want: { type: 'SetTaints', taints: [unreachable('NoSchedule')], isSuspect: true },
  },
  {
    name: 'this process restarted while the node is dead -> leaves the taints',
    node: node('Unknown', { taints: both, suspected: true }),
    want: { type: 'Settled' },
  },
  {
    name: 'this process restarted in a storm -> adds no NoExecute',
    node: node('Unknown', { taints: [unreachable('NoSchedule')], suspected: true }),
    assessment: judged('Alive'),
    want: { type: 'Settled' },
  },
  {
    name: 'tainted, pods still ready -> marks them',
    node: node('Unknown', { taints: both, suspected: true }),
    assessment: judged('Suspected'),
    pods: [pod('False'), pod('True')],
    want: { type: 'MarkPodNotReady', pod: pod('True') },
  },
  {
    name: 'agent is back -> taints and annotation go, foreign taints stay',
    node: node('True', { taints: [...both, foreign], suspected: true }),
    assessment: judged('Alive'),
    want: { type: 'SetTaints', taints: [], isSuspect: false },
  },
  {
    name: 'foreign taint only -> settled',
    node: node('True', { taints: [foreign] }),
    assessment: judged('Alive'),
    want: { type: 'Settled' },
  },
  {
    name: 'agent says not ready -> not-ready taints',
    node: node('False'),
    assessment: judged('Alive'),
    want: {
      type: 'SetTaints',
      taints: [
        { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
        { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
      ],
      isSuspect: false,
    },
  },
  {
    name: 'cordoned -> unschedulable taint',
    node: node('True', { unschedulable: true }),
    assessment: judged('Alive'),
    want: {
      type: 'SetTaints',
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      isSuspect: false,
    },
  },
])('reconcileNode: $name', ({ node: given, assessment, pods = [], want }) => {
  expect(reconcileNode({ node: given, assessment, pods })).toEqual(want);
});

const nowMs = epochMsOf('2026-01-01T00:01:00Z');
const addedThen: Taint = { ...unreachable('NoExecute'), timeAdded: '2026-01-01T00:00:00Z' };

test.each<{
  name: string;
  tolerationSeconds?: number | 'forever';
  taints?: Taint[];
  isTerminating?: boolean;
  want: EvictionStep;
}>([
  { name: 'no taint -> stays', taints: [], want: { type: 'Settled' } },
  { name: 'NoSchedule only -> stays', taints: [unreachable('NoSchedule')], want: { type: 'Settled' } },
  { name: 'not tolerated -> goes at once', want: { type: 'Evict' } },
  { name: 'tolerated for ever -> stays', tolerationSeconds: 'forever', want: { type: 'Settled' } },
  {
    name: 'tolerated for 300 s, added 60 s ago -> waits 240 s',
    tolerationSeconds: 300,
    want: { type: 'Wait', retryAfterMs: 240_000 },
  },
  { name: 'tolerated for 60 s, added 60 s ago -> goes', tolerationSeconds: 60, want: { type: 'Evict' } },
  { name: 'already terminating -> left alone', isTerminating: true, want: { type: 'Settled' } },
  {
    name: 'one of two taints is not tolerated -> goes',
    tolerationSeconds: 300,
    taints: [addedThen, foreign],
    want: { type: 'Evict' },
  },
])('reconcileEviction: $name', ({ tolerationSeconds, taints = [addedThen], isTerminating, want }) => {
  const seconds = typeof tolerationSeconds === 'number' ? { tolerationSeconds } : {};
  const tolerations =
    tolerationSeconds === undefined
      ? []
      : [{ key: addedThen.key, operator: 'Exists', effect: 'NoExecute', ...seconds }];
  const given: Pod = {
    metadata: { ...metadata, name: 'web-0', ...(isTerminating && { deletionTimestamp: 'now' }) },
    spec: { containers: [], tolerations },
  };
  expect(reconcileEviction({ pod: given, taints, nowMs })).toEqual(want);
});
