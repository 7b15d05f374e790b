import { expect, test } from 'vitest';
import type { ControllerRevision, StatefulSet, StatefulSetSpec } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import { newClaims, newPod } from './pod-template.ts';
import { reconcileSet, type Step } from './reconcile.ts';
import { newRevision } from './revisions.ts';
import { statusOf } from './status.ts';
import type { SetView } from './view.ts';

const nowMs = epochMsOf('2026-01-01T01:00:00Z');
const meta = (name: string) => ({
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

function statefulSet(spec: Partial<StatefulSetSpec> = {}, image = 'v1'): StatefulSet {
  return {
    metadata: meta('web'),
    spec: {
      replicas: 2,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
      volumeClaimTemplates: [{ metadata: meta('data'), spec: { accessModes: ['ReadWriteOnce'] } }],
      ...spec,
    },
  };
}

function revision(set: StatefulSet, number: number): ControllerRevision {
  const { metadata, ...draft } = newRevision(set, { number });
  return { ...draft, metadata: { ...meta(metadata.name ?? ''), ...metadata } };
}

const phases = {
  ready: 'Running',
  pending: 'Pending',
  running: 'Running',
  failed: 'Failed',
  failedTerminating: 'Failed',
  terminating: 'Running',
};

type PodState = keyof typeof phases;

const longAgo = '2026-01-01T00:00:00Z';

function pod(set: StatefulSet, ordinal: number, state: PodState = 'ready'): Pod {
  const { metadata, ...draft } = newPod(set, { ordinal, revisionName: revision(set, 1).metadata.name });
  const isGoing = state === 'terminating' || state === 'failedTerminating';
  const isReady = state === 'ready' || state === 'terminating';
  return {
    ...draft,
    metadata: {
      ...meta(metadata.name ?? ''),
      ...metadata,
      ...(isGoing && { deletionTimestamp: 'now' }),
    },
    status: {
      phase: phases[state],
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: longAgo }],
    },
  };
}

function claim(set: StatefulSet, ordinal: number, isTerminating = false): PersistentVolumeClaim {
  const [draft] = newClaims(set, ordinal);
  return {
    ...draft,
    metadata: {
      ...meta(draft?.metadata.name ?? ''),
      ...draft?.metadata,
      ...(isTerminating && { deletionTimestamp: 'now' }),
    },
  };
}

const v1 = statefulSet();

function view(overrides: Partial<SetView> & { claimList?: PersistentVolumeClaim[] }): SetView {
  const { set = v1, claimList = [0, 1, 2, 3].map((ordinal) => claim(v1, ordinal)), ...rest } = overrides;
  const claims = new Map(claimList.map((each) => [each.metadata.name, each]));
  const gathered: SetView = { set, pods: [], claims, revisions: [revision(set, 1)], nowMs, ...rest };
  const names = gathered.revisions.map((each) => each.metadata.name);
  const status = set.status ?? statusOf(gathered, { current: names[0] ?? '', update: names.at(-1) ?? '' });
  return { ...gathered, set: { ...set, status } };
}

/** A step in short: its type and whom it concerns. */
function brief(step: Step): string {
  switch (step.type) {
    case 'CreatePod':
    case 'AdoptPod':
      return `${step.type} ${step.pod.metadata.name}`;
    case 'DeletePod':
      return `DeletePod ${step.pod.metadata.name} ${step.reason}`;
    case 'CreateClaim':
    case 'SetClaimOwners':
      return `${step.type} ${step.claim.metadata.name}`;
    case 'Blocked':
      return `Blocked ${step.podName}`;
    case 'Wait':
      return step.retryAfterMs === Number.POSITIVE_INFINITY ? 'Wait' : `Wait ${step.retryAfterMs}`;
    case 'RenumberRevision':
      return `RenumberRevision ${step.number}`;
    default:
      return step.type;
  }
}

const parallel = statefulSet({ podManagementPolicy: 'Parallel' });
const v2 = statefulSet({}, 'v2');
const both = [revision(v1, 1), revision(v2, 2)];
const orphan = (): Pod => {
  const each = pod(v1, 0);
  const { ownerReferences: _, ...metadata } = each.metadata;
  return { ...each, metadata };
};

test.each<{ name: string; view: SetView; want: string }>([
  { name: 'new set -> its revision', view: view({ revisions: [] }), want: 'CreateRevision' },
  { name: 'no pods, no claims -> first the claim', view: view({ claimList: [] }), want: 'CreateClaim data-web-0' },
  { name: 'claim there -> the pod', view: view({}), want: 'CreatePod web-0' },
  { name: 'claim is being deleted -> blocked', view: view({ claimList: [claim(v1, 0, true)] }), want: 'Blocked web-0' },
  { name: 'first pod not ready -> waits', view: view({ pods: [pod(v1, 0, 'running')] }), want: 'Wait' },
  { name: 'first pod ready -> the second', view: view({ pods: [pod(v1, 0)] }), want: 'CreatePod web-1' },
  { name: 'all ready -> settled', view: view({ pods: [pod(v1, 0), pod(v1, 1)] }), want: 'Settled' },
  {
    name: 'first ready for 3600 of 3610 s -> waits 10 s',
    view: view({ set: statefulSet({ minReadySeconds: 3610 }), pods: [pod(v1, 0)] }),
    want: 'Wait 10000',
  },
  {
    name: 'pod terminating, even on a dead node -> waits, creates no second one',
    view: view({ pods: [pod(v1, 0, 'terminating'), pod(v1, 1)] }),
    want: 'Wait',
  },
  {
    name: 'first pod terminating, though still ready -> the second waits',
    view: view({ pods: [pod(v1, 0, 'terminating')] }),
    want: 'Wait',
  },
  {
    name: 'pod failed and is being deleted -> waits',
    view: view({ pods: [pod(v1, 0, 'failedTerminating')] }),
    want: 'Wait',
  },
  {
    name: 'pod failed -> deleted, to be recreated',
    view: view({ pods: [pod(v1, 0, 'failed')] }),
    want: 'DeletePod web-0 Failed',
  },
  {
    name: 'pod pending, its claim gone -> the claim again',
    view: view({ pods: [pod(v1, 0, 'pending')], claimList: [] }),
    want: 'CreateClaim data-web-0',
  },
  { name: 'orphan of the right name and labels -> adopted', view: view({ pods: [orphan()] }), want: 'AdoptPod web-0' },
  {
    name: 'parallel, first not ready -> the second all the same',
    view: view({ set: parallel, pods: [pod(parallel, 0, 'pending')] }),
    want: 'CreatePod web-1',
  },
  {
    name: 'parallel, first blocked -> the second all the same',
    view: view({ set: parallel, claimList: [claim(v1, 0, true), claim(v1, 1)] }),
    want: 'CreatePod web-1',
  },
  {
    name: 'two too many -> the highest goes',
    view: view({ pods: [0, 1, 2, 3].map((n) => pod(v1, n)) }),
    want: 'DeletePod web-3 ScaleDown',
  },
  {
    name: 'highest is terminating -> the next waits',
    view: view({ pods: [pod(v1, 0), pod(v1, 1), pod(v1, 2), pod(v1, 3, 'terminating')] }),
    want: 'Wait',
  },
  {
    name: 'highest is not well, all before are -> it may go',
    view: view({ pods: [pod(v1, 0), pod(v1, 1), pod(v1, 2, 'running')] }),
    want: 'DeletePod web-2 ScaleDown',
  },
  {
    name: 'two too many, the lower one not well -> the highest, which is, goes',
    view: view({ pods: [pod(v1, 0), pod(v1, 1), pod(v1, 2, 'running'), pod(v1, 3)] }),
    want: 'DeletePod web-3 ScaleDown',
  },
  {
    name: 'neither of two too many is well -> the lower one first, so the highest waits',
    view: view({ pods: [pod(v1, 0), pod(v1, 1), pod(v1, 2, 'running'), pod(v1, 3, 'running')] }),
    want: 'Wait',
  },
  {
    name: 'scaled to zero -> all go',
    view: view({ set: statefulSet({ replicas: 0 }), pods: [pod(v1, 0)] }),
    want: 'DeletePod web-0 ScaleDown',
  },
  {
    name: 'ordinals start at 5 -> web-5',
    view: view({ set: statefulSet({ ordinals: { start: 5 }, volumeClaimTemplates: [] }) }),
    want: 'CreatePod web-5',
  },
  {
    name: 'template changed -> a new revision',
    view: view({ set: v2, revisions: [revision(v1, 1)] }),
    want: 'CreateRevision',
  },
  {
    name: 'outdated pods -> the highest goes',
    view: view({ set: v2, revisions: both, pods: [pod(v1, 0), pod(v1, 1)] }),
    want: 'DeletePod web-1 Update',
  },
  {
    name: 'highest updated but not ready -> waits',
    view: view({ set: v2, revisions: both, pods: [pod(v1, 0), pod(v2, 1, 'running')] }),
    want: 'Wait',
  },
  {
    name: 'highest updated and ready -> the next',
    view: view({ set: v2, revisions: both, pods: [pod(v1, 0), pod(v2, 1)] }),
    want: 'DeletePod web-0 Update',
  },
  {
    name: 'partition 1, highest updated -> the rest stays',
    view: view({
      set: statefulSet({ updateStrategy: { rollingUpdate: { partition: 1 } } }, 'v2'),
      revisions: both,
      pods: [pod(v1, 0), pod(v2, 1)],
    }),
    want: 'Settled',
  },
  {
    name: 'OnDelete -> outdated pods stay',
    view: view({
      set: statefulSet({ updateStrategy: { type: 'OnDelete' } }, 'v2'),
      revisions: both,
      pods: [pod(v1, 0), pod(v1, 1)],
    }),
    want: 'Settled',
  },
  {
    name: 'rolled back -> the old revision becomes the newest',
    view: view({ set: v1, revisions: both }),
    want: 'RenumberRevision 3',
  },
  {
    name: 'being deleted -> nothing',
    view: view({ set: { ...v1, metadata: { ...v1.metadata, deletionTimestamp: 'now' } } }),
    want: 'Settled',
  },
  {
    name: 'status is behind -> written when pods need nothing',
    view: view({ set: { ...v1, status: { replicas: 0 } }, pods: [pod(v1, 0), pod(v1, 1)] }),
    want: 'UpdateStatus',
  },
  {
    name: 'claims go with the set -> owner on the claim',
    view: view({
      set: statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }),
      pods: [pod(v1, 0), pod(v1, 1)],
    }),
    want: 'SetClaimOwners data-web-0',
  },
  {
    name: 'claims go when scaled down -> owner first, then the pod',
    view: view({
      set: statefulSet({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }),
      pods: [pod(v1, 0), pod(v1, 1), pod(v1, 2)],
    }),
    want: 'SetClaimOwners data-web-2',
  },
  {
    name: 'more old revisions than the limit -> the oldest goes',
    view: view({
      set: statefulSet({ revisionHistoryLimit: 1 }),
      revisions: [revision(statefulSet({}, 'v-1'), -1), revision(statefulSet({}, 'v0'), 0), revision(v1, 1)],
      pods: [pod(v1, 0), pod(v1, 1)],
    }),
    want: 'DeleteRevision',
  },
])('reconcileSet: $name', ({ view: given, want }) => {
  expect(brief(reconcileSet(given))).toBe(want);
});

test('newPod: claim templates become volumes, and the labels name the pod', () => {
  expect(newPod(v1, { ordinal: 3, revisionName: 'web-abc' })).toMatchObject({
    metadata: {
      name: 'web-3',
      labels: {
        app: 'web',
        'statefulset.kubernetes.io/pod-name': 'web-3',
        'apps.kubernetes.io/pod-index': '3',
        'controller-revision-hash': 'web-abc',
      },
      ownerReferences: [{ kind: 'StatefulSet', uid: 'uid-web', controller: true }],
    },
    spec: {
      hostname: 'web-3',
      subdomain: 'web',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-3' } }],
    },
  });
});
