import { attachment, claim, minutesAgo, node, object, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a06StuckOnDeadNode } from './a06-stuck-on-dead-node.ts';

const terminating = pod({ metadata: { deletionTimestamp: minutesAgo(3) } });
const storage = [claim(), volume(), attachment()];
const shutdown = { key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' };
const fenceProof = object(
  { apiVersion: 'amarre.io/v1alpha1', kind: 'FenceProof', name: 'pv-1-1' },
  { spec: { class: 'Gate', attachmentUID: 'volumeattachment-csi-1', nodeName: 'node-1' } },
);

describeRule(a06StuckOnDeadNode, {
  finds: [
    {
      name: 'pod is being deleted on a silent node -> found, and nothing is safe yet',
      objects: [silentNode(4), terminating, ...storage],
      subjects: ['Node node-1'],
      sentence: '1 pod with storage is stuck',
      verdicts: { 'Take the node': 'safe-after-proof', 'Force-delete': 'unsafe' },
    },
    {
      name: 'node silent beyond the grace, no pod deleted yet -> found',
      objects: [silentNode(30), pod(), pod({ metadata: { name: 'db-1' } }), ...storage],
      subjects: ['Node node-1'],
      sentence: '2 pods with storage are stuck',
    },
    {
      name: 'provider says that the machine is stopped -> the taint is safe',
      objects: [silentNode(4, { spec: { taints: [shutdown] } }), terminating, ...storage],
      subjects: ['Node node-1'],
      verdicts: { 'Take the node': 'safe' },
    },
    {
      name: 'every attachment is fenced -> the taint is safe',
      objects: [silentNode(4), terminating, fenceProof, ...storage],
      subjects: ['Node node-1'],
      verdicts: { 'Take the node': 'safe' },
    },
    {
      name: 'one of two attachments is fenced -> not safe',
      objects: [silentNode(4), terminating, fenceProof, attachment({ metadata: { name: 'csi-2' } }), ...storage],
      subjects: ['Node node-1'],
      verdicts: { 'Take the node': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'pod is being deleted on a node that is heard -> silent', objects: [node(), terminating, ...storage] },
    { name: 'node silent for a moment -> silent', objects: [silentNode(1), pod(), ...storage] },
    {
      name: 'pods without claims on a silent node -> silent',
      objects: [silentNode(30), pod({ spec: { volumes: [] } })],
    },
    {
      name: 'node is out of service already -> silent',
      objects: [
        silentNode(30, { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } }),
        terminating,
        ...storage,
      ],
    },
  ],
});
