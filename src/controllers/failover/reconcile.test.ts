import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FenceProof } from '../../apis/amarre/types.ts';
import { attachmentObject, boundVolume, nodeObject, podObject } from '../../simulation/objects.ts';
import { type AttachmentView, type FailoverView, type PodView, reconcileNodeFailover, type Step } from './reconcile.ts';

const volume1 = boundVolume();
const volume2 = boundVolume({ metadata: { name: 'pv-2' } });
const attachment1 = attachmentObject();
const attachment2 = attachmentObject({ metadata: { ...attachment1.metadata, name: 'va-2', uid: 'va-2-uid' } });
const controlled = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 's', controller: true }],
};
const pod = podObject({ metadata: controlled });

function proofOf(attachmentUID: string, podUIDs = ['web-0-uid']): FenceProof {
  return {
    metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' },
    spec: { attachmentUID, podUIDs },
  } as unknown as FenceProof;
}

const open1: AttachmentView = { attachment: attachment1, volume: volume1, proof: undefined };
const open2: AttachmentView = { attachment: attachment2, volume: volume2, proof: undefined };
const fenced1: AttachmentView = { ...open1, proof: proofOf('va-1-uid') };
const fenced2: AttachmentView = { ...open2, proof: proofOf('va-2-uid') };
const pending1: AttachmentView = { ...open1, attachment: attachmentObject({ status: { attached: false } }) };
const onBoth: PodView = { pod, volumeNames: ['pv-1', 'pv-2'], hasUnprovable: false };
const onFirst: PodView = { pod, volumeNames: ['pv-1'], hasUnprovable: false };
const stateless: PodView = {
  pod: podObject({ metadata: { name: 'bare' }, spec: { volumes: [] } }),
  volumeNames: [],
  hasUnprovable: false,
};
const silent = nodeObject({}, { ready: 'Unknown' });
const rebooted = nodeObject({
  status: { ...nodeObject().status, nodeInfo: { ...nodeObject().status!.nodeInfo!, bootID: 'boot-2' } },
});
const calm = { silent: 1, total: 3, isStorm: false };
const storm = { silent: 2, total: 3, isStorm: true };

function view(overrides: Partial<FailoverView> = {}): FailoverView {
  return { nodeName: 'node-1', node: silent, attachments: [open1], pods: [onFirst], storm: calm, ...overrides };
}

test.each<{ name: string; view: FailoverView; want: Step }>([
  { name: 'node is ready -> settled', view: view({ node: nodeObject() }), want: { type: 'Settled' } },
  {
    name: 'node is not ready but answers -> settled',
    view: view({ node: nodeObject({}, { ready: 'False' }) }),
    want: { type: 'Settled' },
  },
  {
    name: 'node is silent -> its volumes are fenced, no pod is deleted',
    view: view(),
    want: { type: 'FenceVolumes', cause: 'NodeUnresponsive', attachments: [open1] },
  },
  {
    name: 'two volumes -> fenced together',
    view: view({ attachments: [open1, open2], pods: [onBoth] }),
    want: { type: 'FenceVolumes', cause: 'NodeUnresponsive', attachments: [open1, open2] },
  },
  {
    name: 'half of the nodes silent, this one out of service -> its volumes are fenced',
    view: view({
      storm,
      node: nodeObject(
        { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } },
        { ready: 'Unknown' },
      ),
    }),
    want: { type: 'FenceVolumes', cause: 'NodeUnresponsive', attachments: [open1] },
  },
  {
    name: 'half of the nodes silent -> withheld',
    view: view({ storm }),
    want: {
      type: 'Withhold',
      message: '2 of 3 nodes are silent at the same time: fencing waits until it is fewer than half',
    },
  },
  {
    name: 'storm, volume proven before -> its pod is still deleted',
    view: view({ storm, attachments: [fenced1] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'volume proven -> pod deleted',
    view: view({ attachments: [fenced1] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'one of two volumes proven -> the other is fenced first',
    view: view({ attachments: [fenced1, open2], pods: [onBoth] }),
    want: { type: 'FenceVolumes', cause: 'NodeUnresponsive', attachments: [open2] },
  },
  {
    name: 'both proven -> pod deleted',
    view: view({ attachments: [fenced1, fenced2], pods: [onBoth] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'one pod proven, another volume open -> that pod does not wait',
    view: view({ attachments: [fenced1, open2], pods: [onFirst] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'pod whose volume was never attached -> deleted',
    view: view({ attachments: [pending1] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'pod without volumes -> left to its tolerations',
    view: view({ attachments: [], pods: [stateless] }),
    want: { type: 'Settled' },
  },
  {
    name: 'pod with a volume that cannot be proven -> left',
    view: view({ attachments: [fenced1], pods: [{ ...onFirst, hasUnprovable: true }] }),
    want: { type: 'Settled' },
  },
  { name: 'everything done -> settled', view: view({ attachments: [fenced1], pods: [] }), want: { type: 'Settled' } },
  {
    name: 'silent node, attachment without a pod -> fenced too',
    view: view({ pods: [] }),
    want: { type: 'FenceVolumes', cause: 'NodeUnresponsive', attachments: [open1] },
  },
  {
    name: 'Node object gone -> fenced',
    view: view({ node: undefined }),
    want: { type: 'FenceVolumes', cause: 'NodeDeleted', attachments: [open1] },
  },
  {
    name: 'node rebooted before it was suspected -> fenced',
    view: view({ node: rebooted }),
    want: { type: 'FenceVolumes', cause: 'NodeRebooted', attachments: [open1] },
  },
  {
    name: 'node rebooted, pod that nobody creates again -> fenced too: its agent waits for the next attachment',
    view: view({ node: rebooted, pods: [{ ...onFirst, pod: podObject() }] }),
    want: { type: 'FenceVolumes', cause: 'NodeRebooted', attachments: [open1] },
  },
  {
    name: 'node came back, volume fenced meanwhile -> pod deleted',
    view: view({ node: nodeObject(), attachments: [fenced1] }),
    want: { type: 'DeletePods', pods: [pod] },
  },
  {
    name: 'node came back with one of two fenced -> the other follows',
    view: view({ node: nodeObject(), attachments: [fenced1, open2], pods: [onBoth] }),
    want: { type: 'FenceVolumes', cause: 'VolumeFenced', attachments: [open2] },
  },
  {
    name: 'node came back, a new pod on the old attachment -> left to the attacher',
    view: view({ node: nodeObject(), attachments: [{ ...open1, proof: proofOf('va-1-uid', ['old-uid']) }] }),
    want: { type: 'Settled' },
  },
])('reconcileNodeFailover: $name', ({ view: given, want }) => {
  expect(reconcileNodeFailover(given)).toEqual(want);
});

const anyAttachment = (name: 'pv-1' | 'pv-2'): fc.Arbitrary<AttachmentView> =>
  fc
    .record({ attached: fc.boolean(), proven: fc.boolean(), writers: fc.subarray(['web-0-uid']) })
    .map(({ attached, proven, writers }) => ({
      attachment: attachmentObject({
        metadata: { ...attachment1.metadata, name, uid: `va-${name}` },
        status: { attached },
      }),
      volume: name === 'pv-1' ? volume1 : volume2,
      proof: proven ? proofOf(`va-${name}`, writers) : undefined,
    }));
const anyView: fc.Arbitrary<FailoverView> = fc.record({
  nodeName: fc.constant('node-1'),
  node: fc.constantFrom(undefined, silent, rebooted, nodeObject()),
  attachments: fc.tuple(anyAttachment('pv-1'), anyAttachment('pv-2')).chain((both) => fc.subarray(both)),
  pods: fc.subarray([onBoth, stateless, { ...onFirst, pod: podObject({ metadata: { name: 'web-1' } }) }]),
  storm: fc.constantFrom(calm, storm),
});

test('a pod is deleted only if every attached volume of it is proven', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcileNodeFailover(given);
      if (step.type !== 'DeletePods') return;
      for (const deleted of step.pods) {
        const { volumeNames } = given.pods.find((each) => each.pod === deleted)!;
        const mine = given.attachments.filter(({ volume }) => volumeNames.includes(volume!.metadata.name));
        expect(mine.every(({ attachment, proof }) => proof !== undefined || !attachment.status?.attached)).toBe(true);
        expect(volumeNames).not.toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('in a storm nothing new is fenced for silence', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcileNodeFailover({ ...given, storm });
      if (step.type === 'FenceVolumes') expect(step.cause).not.toBe('NodeUnresponsive');
    }),
  );
});

test('what is proven is not fenced again', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcileNodeFailover(given);
      if (step.type === 'FenceVolumes') expect(step.attachments.filter(({ proof }) => proof)).toEqual([]);
    }),
  );
});
