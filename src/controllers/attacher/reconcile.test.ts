import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FenceProof } from '../../apis/amarre/types.ts';
import { attachmentName } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { attachmentObject, boundVolume, driverName, nodeObject, podObject } from '../../simulation/objects.ts';
import { type AttachView, type NodeView, reconcile, type Step } from './reconcile.ts';
import { type NodeStatusView, type NodeStep, reconcileNode } from './reconcile-node.ts';

const finalizer = 'external-attacher/local-csi-amarre-io';
const volume = boundVolume({ metadata: { finalizers: [finalizer] } });
const inUse = `kubernetes.io/csi/${driverName}^vol-1`;

function node(overrides: Partial<NodeView> = {}): NodeView {
  return {
    exists: true,
    ready: 'True',
    bootID: 'boot-1',
    nodeId: 'node-1',
    volumesInUse: [],
    volumesAttached: [],
    ...overrides,
  };
}

function view(
  overrides: Partial<Omit<AttachView, 'nodes'>> & { node1?: Partial<NodeView>; node2?: Partial<NodeView> } = {},
): AttachView {
  const { node1, node2, ...rest } = overrides;
  return {
    driver: driverName,
    volume,
    isBound: true,
    attachRequired: true,
    pods: [],
    attachments: [],
    proofs: [],
    nodes: new Map([
      ['node-1', node(node1)],
      ['node-2', node({ nodeId: 'node-2', ...node2 })],
    ]),
    ...rest,
  };
}

const pod1 = podObject();
const pod2 = podObject({ metadata: { name: 'web-0b' }, spec: { ...podObject().spec, nodeName: 'node-2' } });
const far = podObject({ metadata: { name: 'secret', namespace: 'other' } });
const attached = attachmentObject();
const pending = attachmentObject({ status: { attached: false, attachmentMetadata: {} } });
const dying = attachmentObject({ metadata: { ...attached.metadata, deletionTimestamp: 'now' } });
const foreign = attachmentObject({ metadata: { ...pending.metadata, finalizers: [] }, status: { attached: false } });
const shared = boundVolume({ metadata: { finalizers: [finalizer] }, spec: { accessModes: ['ReadWriteMany'] } });
const proof = {
  metadata: { name: 'pv-1-3', uid: 'p', resourceVersion: '1', creationTimestamp: '' },
  spec: { attachmentUID: 'va-1-uid', volumeName: 'pv-1', podUIDs: ['web-0-uid'] },
} as unknown as FenceProof;

test.each<{ name: string; view: AttachView; want: Partial<Step> }>([
  { name: 'nobody wants it -> settled', view: view(), want: { type: 'Settled' } },
  {
    name: 'pod on a node -> attachment',
    view: view({ pods: [pod1] }),
    want: { type: 'CreateAttachment', nodeName: 'node-1', nodeId: 'node-1', bootID: 'boot-1' },
  },
  {
    name: 'volume object not held yet -> held first',
    view: view({ pods: [pod1], volume: boundVolume() }),
    want: { type: 'HoldVolume' },
  },
  { name: 'claim not bound -> settled', view: view({ pods: [pod1], isBound: false }), want: { type: 'Settled' } },
  {
    name: 'driver needs no attachments -> settled',
    view: view({ pods: [pod1], attachRequired: false }),
    want: { type: 'Settled' },
  },
  {
    name: 'driver no longer needs attachments -> detached',
    view: view({ pods: [], attachments: [attached], attachRequired: false }),
    want: { type: 'DeleteAttachment' },
  },
  {
    name: 'completed pod -> nothing to attach',
    view: view({ pods: [podObject({ status: { phase: 'Succeeded' } })] }),
    want: { type: 'Settled' },
  },
  {
    name: 'terminating pod -> nothing to attach',
    view: view({ pods: [podObject({ metadata: { deletionTimestamp: 'now' } })] }),
    want: { type: 'Settled' },
  },
  {
    name: 'node does not answer -> waits',
    view: view({ pods: [pod1], node1: { ready: 'Unknown' } }),
    want: { type: 'Wait', why: 'node node-1 does not answer' },
  },
  {
    name: 'node does not exist -> waits',
    view: view({ pods: [pod1], node1: { exists: false, ready: 'Unknown' } }),
    want: { type: 'Wait' },
  },
  {
    name: 'driver not registered on the node -> waits and says so',
    view: view({ pods: [pod1], node1: { nodeId: undefined } }),
    want: {
      type: 'Wait',
      notice: {
        pod: pod1,
        message: `AttachVolume.Attach failed for volume "pv-1" : CSINode node-1 does not contain driver ${driverName}`,
      },
    },
  },
  {
    name: 'attachment made before a crash -> attached',
    view: view({ pods: [pod1], attachments: [pending] }),
    want: { type: 'Attach', attachment: pending },
  },
  {
    name: 'attachment made by somebody else -> adopted first',
    view: view({ pods: [pod1], attachments: [foreign] }),
    want: { type: 'AdoptAttachment', nodeId: 'node-1' },
  },
  {
    name: 'attached and wanted -> settled',
    view: view({ pods: [pod1], attachments: [attached] }),
    want: { type: 'Settled' },
  },
  {
    name: 'terminating pod still on the node -> stays attached',
    view: view({ pods: [podObject({ metadata: { deletionTimestamp: 'now' } })], attachments: [attached] }),
    want: { type: 'Settled' },
  },
  {
    name: 'unwanted, node ready, not in use -> begins to detach',
    view: view({ attachments: [attached] }),
    want: { type: 'DeleteAttachment', attachment: attached },
  },
  {
    name: 'unwanted, still in use -> waits',
    view: view({ attachments: [attached], node1: { volumesInUse: [inUse] } }),
    want: { type: 'Wait', why: 'node node-1 still uses the volume' },
  },
  {
    name: 'unwanted, node does not answer, not listed in use -> waits for a proof',
    view: view({ attachments: [attached], node1: { ready: 'Unknown' } }),
    want: { type: 'Wait', why: 'node node-1 does not answer, and no FenceProof names the attachment' },
  },
  {
    name: 'unwanted, node not ready -> waits for a proof',
    view: view({ attachments: [attached], node1: { ready: 'False' } }),
    want: { type: 'Wait' },
  },
  {
    name: 'unwanted, node object deleted -> waits for a proof',
    view: view({ attachments: [attached], node1: { exists: false, ready: 'Unknown' } }),
    want: { type: 'Wait' },
  },
  {
    name: 'proof, listed in use by a dead node -> detached',
    view: view({ attachments: [attached], node1: { ready: 'Unknown', volumesInUse: [inUse] }, proofs: [proof] }),
    want: { type: 'DeleteAttachment' },
  },
  {
    name: 'proof, writer not deleted yet -> waits for that pod',
    view: view({ pods: [pod1], attachments: [attached], node1: { ready: 'Unknown' }, proofs: [proof] }),
    want: { type: 'Wait', why: 'pod web-0 on node node-1 wants the volume' },
  },
  {
    name: 'proof, a new pod on the same node -> old attachment goes',
    view: view({ pods: [podObject({ metadata: { uid: 'new' } })], attachments: [attached], proofs: [proof] }),
    want: { type: 'DeleteAttachment' },
  },
  {
    name: 'proof about an earlier attachment -> waits',
    view: view({
      attachments: [attachmentObject({ metadata: { ...attached.metadata, uid: 'later' } })],
      node1: { ready: 'Unknown' },
      proofs: [proof],
    }),
    want: { type: 'Wait' },
  },
  {
    name: 'never attached, node does not answer -> goes',
    view: view({ attachments: [pending], node1: { ready: 'Unknown' } }),
    want: { type: 'DeleteAttachment' },
  },
  {
    name: 'dying, node told -> detached in the storage',
    view: view({ attachments: [dying] }),
    want: { type: 'Detach', attachment: dying },
  },
  {
    name: 'dying, node not told -> waits',
    view: view({ attachments: [dying], node1: { volumesAttached: [inUse] } }),
    want: { type: 'Wait', why: 'node.status.volumesAttached still lists the volume' },
  },
  {
    name: 'dying, node not told, proof -> detached',
    view: view({ attachments: [dying], node1: { volumesAttached: [inUse], ready: 'Unknown' }, proofs: [proof] }),
    want: { type: 'Detach' },
  },
  {
    name: 'deleted by hand under a running pod -> waits',
    view: view({ pods: [pod1], attachments: [dying] }),
    want: { type: 'Wait', why: 'pod web-0 on node node-1 wants the volume' },
  },
  {
    name: 'dying, a pod that has not started waits for the next one, nothing in use -> detached',
    view: view({ pods: [podObject({ status: { phase: 'Pending' } })], attachments: [dying] }),
    want: { type: 'Detach' },
  },
  {
    name: 'dying without our finalizer -> nothing to do',
    view: view({ attachments: [attachmentObject({ metadata: { deletionTimestamp: 'now', finalizers: [] } })] }),
    want: { type: 'Settled' },
  },
  {
    name: 'held elsewhere with a pod -> Multi-Attach',
    view: view({ pods: [pod1, pod2], attachments: [attached] }),
    want: {
      type: 'Wait',
      notice: { pod: pod2, message: 'Multi-Attach error for volume "pv-1" Volume is already used by pod(s) web-0' },
    },
  },
  {
    name: 'held elsewhere without a pod -> Multi-Attach',
    view: view({ pods: [pod2], attachments: [attached], node1: { volumesInUse: [inUse] } }),
    want: {
      type: 'Wait',
      notice: {
        pod: pod2,
        message:
          'Multi-Attach error for volume "pv-1" Volume is already exclusively attached to one node and can\'t be attached to another',
      },
    },
  },
  {
    name: 'held by a pod of another namespace -> its name is not shown',
    view: view({ pods: [far, pod2], attachments: [attached] }),
    want: {
      type: 'Wait',
      notice: {
        pod: pod2,
        message: 'Multi-Attach error for volume "pv-1" Volume is already used by 1 pod(s) in different namespaces',
      },
    },
  },
  {
    name: 'wanted on two nodes, many writers allowed -> attached to both',
    view: view({ pods: [pod1, pod2], attachments: [attached], volume: shared }),
    want: { type: 'CreateAttachment', nodeName: 'node-2' },
  },
  {
    name: 'volume deleted, nothing attached -> let go',
    view: view({ volume: boundVolume({ metadata: { deletionTimestamp: 'now', finalizers: [finalizer] } }) }),
    want: { type: 'ReleaseVolume' },
  },
])('reconcile: $name', ({ view: given, want }) => {
  expect(reconcile(given)).toMatchObject(want);
});

const anyAttachment = (nodeName: string): fc.Arbitrary<VolumeAttachment> =>
  fc
    .record({ attached: fc.boolean(), isDying: fc.boolean(), uid: fc.constantFrom('va-1-uid', 'va-2-uid') })
    .map(({ attached: isOn, isDying, uid }) =>
      attachmentObject({
        metadata: { ...attached.metadata, name: `va-${nodeName}`, uid, ...(isDying && { deletionTimestamp: 'now' }) },
        spec: { nodeName },
        status: { attached: isOn },
      }),
    );
const anyNode: fc.Arbitrary<NodeView> = fc.record({
  exists: fc.boolean(),
  ready: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
  bootID: fc.constant('b'),
  nodeId: fc.constantFrom<(string | undefined)[]>(undefined, 'id'),
  volumesInUse: fc.subarray([inUse]),
  volumesAttached: fc.subarray([inUse]),
});
const anyView: fc.Arbitrary<AttachView> = fc
  .record({
    pods: fc.subarray([pod1, pod2, far]),
    first: fc.option(anyAttachment('node-1'), { nil: undefined }),
    second: fc.option(anyAttachment('node-2'), { nil: undefined }),
    node1: anyNode,
    node2: anyNode,
    proofs: fc.subarray([proof]),
    isBound: fc.boolean(),
  })
  .map(({ first, second, node1, node2, ...rest }) =>
    view({ ...rest, attachments: [first, second].flatMap((each) => each ?? []), node1, node2 }),
  );

test('an attachment goes only on evidence: a proof, or a ready node that does not use the volume, and no pod of its own', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcile(given);
      if (step.type !== 'DeleteAttachment' && step.type !== 'Detach') return;
      const { metadata, spec, status } = step.attachment;
      const isProven = given.proofs.some((each) => each.spec.attachmentUID === metadata.uid);
      const host = given.nodes.get(spec.nodeName)!;
      const isFree = host.ready === 'True' && !host.volumesInUse.includes(inUse);
      expect(isProven || isFree || !status?.attached).toBe(true);
      if (!isProven) expect(given.pods.some((pod) => pod.spec?.nodeName === spec.nodeName)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('a volume for one node is never attached to a second', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcile(given);
      const target =
        step.type === 'CreateAttachment'
          ? step.nodeName
          : step.type === 'Attach'
            ? step.attachment.spec.nodeName
            : undefined;
      if (target === undefined) return;
      expect(given.attachments.filter(({ spec }) => spec.nodeName !== target)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

const reported = [{ name: inUse, devicePath: '/dev/loop4' }];

test.each<{ name: string; view: NodeStatusView; want: NodeStep }>([
  {
    name: 'newly attached -> reported',
    view: { node: nodeObject(), attachments: [{ attachment: attached, volumeHandle: 'vol-1' }] },
    want: { type: 'ReportAttached', volumesAttached: reported },
  },
  {
    name: 'reported -> settled',
    view: {
      node: nodeObject({ status: { volumesAttached: reported } }),
      attachments: [{ attachment: attached, volumeHandle: 'vol-1' }],
    },
    want: { type: 'Settled' },
  },
  {
    name: 'begins to detach -> taken off',
    view: {
      node: nodeObject({ status: { volumesAttached: reported } }),
      attachments: [{ attachment: dying, volumeHandle: 'vol-1' }],
    },
    want: { type: 'ReportAttached', volumesAttached: [] },
  },
  {
    name: 'not attached yet -> not reported',
    view: { node: nodeObject(), attachments: [{ attachment: pending, volumeHandle: 'vol-1' }] },
    want: { type: 'Settled' },
  },
])('reconcileNode: $name', ({ view: given, want }) => {
  expect(reconcileNode(given)).toEqual(want);
});

test("attachmentName is the kubelet's", () => {
  const name = attachmentName({ volumeHandle: 'vol-1', driver: driverName, nodeName: 'node-1' });
  expect(name).toBe('csi-3a9198337d1740d3d51bab13df6999add60f2d4c7a653fba168eded2c3d8497f');
});
