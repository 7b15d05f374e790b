import { minutesAgo, pendingClaim, pod, storageClass } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p03NodeNameSet } from './p03-node-name-set.ts';

const pinned = pod({ status: { phase: 'Pending' } });
const owner = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'db', uid: 'rs', controller: true }];

describeRule(p03NodeNameSet, {
  finds: [
    {
      name: 'pod made by hand with a node name -> found, and deleting it needs its manifest',
      objects: [pendingClaim(), storageClass(), pinned],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'put on node-1 without it',
      verdicts: { 'Delete the pod': 'safe-after-proof', 'Write the annotation': 'unsafe' },
    },
    {
      name: 'template with a node name -> found, and the pod may go',
      objects: [
        pendingClaim(),
        storageClass(),
        pod({ metadata: { ownerReferences: owner }, status: { phase: 'Pending' } }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Delete the pod': 'safe' },
    },
  ],
  passesBy: [
    {
      name: 'scheduler has chosen the node -> silent',
      objects: [
        pendingClaim({ metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } } }),
        storageClass(),
        pinned,
      ],
    },
    {
      name: 'pod is a moment old -> silent',
      objects: [
        pendingClaim(),
        storageClass(),
        pod({ metadata: { creationTimestamp: minutesAgo(1) }, status: { phase: 'Pending' } }),
      ],
    },
    { name: 'pod has no node -> silent', objects: [pendingClaim(), storageClass(), unschedulablePod(30)] },
    {
      name: 'class binds at once -> silent',
      objects: [pendingClaim(), storageClass({ volumeBindingMode: 'Immediate' }), pinned],
    },
  ],
});
