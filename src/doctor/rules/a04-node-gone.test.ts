import { attachment, minutesAgo, node, object, silentNode } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a04NodeGone } from './a04-node-gone.ts';

const fenceProof = object(
  { apiVersion: 'amarre.io/v1alpha1', kind: 'FenceProof', name: 'pv-1-1' },
  { spec: { class: 'Gate', attachmentUID: 'volumeattachment-csi-1', nodeName: 'node-1' } },
);
const elsewhere = node({ metadata: { name: 'node-2' } });

describeRule(a04NodeGone, {
  finds: [
    {
      name: 'two attachments of a deleted node -> one finding, nothing safe without proof',
      objects: [attachment(), attachment({ metadata: { name: 'csi-2' } }), elsewhere],
      subjects: ['Node node-1'],
      sentence: 'still has 2 volumes',
      verdicts: { 'Delete the attachments': 'safe-after-proof', 'Remove the finalizers': 'unsafe' },
    },
    {
      name: 'attachment has been going for long, its disk is fenced -> deleting it is safe',
      objects: [attachment({ metadata: { deletionTimestamp: minutesAgo(30) } }), elsewhere, fenceProof],
      subjects: ['Node node-1'],
      verdicts: { 'Delete the attachment': 'safe' },
    },
  ],
  passesBy: [
    { name: 'node is there -> silent', objects: [attachment(), node()] },
    { name: 'node is silent, not gone -> silent', objects: [attachment(), silentNode(60)] },
    {
      name: 'attachment has been going for a moment -> silent',
      objects: [attachment({ metadata: { deletionTimestamp: minutesAgo(1) } }), elsewhere],
    },
    {
      name: 'nodes were not all read -> silent',
      objects: [attachment()],
      snapshot: { coverage: { nodes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
