import { attachment, claim, event, minutesAgo, node, object, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a01HeldByDeadNode } from './a01-held-by-dead-node.ts';

const next = pod({ metadata: { name: 'db-next' }, spec: { nodeName: 'node-2' }, status: { phase: 'Pending' } });
const storage = [claim(), volume(), attachment()];
const fenceProof = object(
  { apiVersion: 'amarre.io/v1alpha1', kind: 'FenceProof', name: 'pv-1-1' },
  { spec: { class: 'Gate', attachmentUID: 'volumeattachment-csi-1', nodeName: 'node-1' } },
);

describeRule(a01HeldByDeadNode, {
  finds: [
    {
      name: 'old node is silent, old pod is being deleted -> found, nothing safe without proof',
      objects: [
        silentNode(9),
        pod({ metadata: { deletionTimestamp: minutesAgo(4) } }),
        next,
        ...storage,
        event(next, { reason: 'FailedAttachVolume', message: 'Multi-Attach error for volume "pv-1"' }),
      ],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'still attached to node-1',
      blames: ['Node node-1'],
      verdicts: {
        'Take the node': 'safe-after-proof',
        'Delete the VolumeAttachment': 'unsafe',
        'Force-delete': 'unsafe',
      },
    },
    {
      name: 'old pod was force-deleted, node says NotReady -> found all the same',
      objects: [
        node({ status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: minutesAgo(9) }] } }),
        next,
        ...storage,
      ],
      subjects: ['PersistentVolume pv-1'],
    },
    {
      name: 'attachment is fenced -> the taint is safe',
      objects: [silentNode(9), next, ...storage, fenceProof],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Take the node': 'safe' },
    },
  ],
  passesBy: [
    { name: 'old node is heard -> silent: that is another rule', objects: [node(), pod(), next, ...storage] },
    { name: 'nobody waits for it -> silent', objects: [silentNode(9), pod(), ...storage] },
    {
      name: 'many nodes may use the volume -> silent',
      objects: [silentNode(9), next, claim(), volume({ spec: { accessModes: ['ReadWriteMany'] } }), attachment()],
    },
    {
      name: 'never attached there -> silent',
      objects: [silentNode(9), next, claim(), volume(), attachment({ status: { attached: false } })],
    },
  ],
});
