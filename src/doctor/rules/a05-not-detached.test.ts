import { attachment, claim, driverName, minutesAgo, node, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a05NotDetached } from './a05-not-detached.ts';

const ending = (minutes: number, status: object = { attached: true }) =>
  attachment({ metadata: { deletionTimestamp: minutesAgo(minutes) }, status });
const refused = { attached: true, detachError: { message: 'rpc error: code = Internal desc = busy' } };
const inUse = [`kubernetes.io/csi/${driverName}^disk-1`];

describeRule(a05NotDetached, {
  finds: [
    {
      name: 'backend refuses -> found',
      objects: [ending(20, refused), node(), volume(), claim()],
      subjects: ['VolumeAttachment csi-1'],
      sentence: 'the storage backend refuses',
      verdicts: { 'Drain the node': 'needs-expert', 'Remove the finalizers': 'unsafe', 'Delete the Volume': 'unsafe' },
    },
    {
      name: 'node has it mounted, a pod still runs there -> found',
      objects: [ending(20), node({ status: { volumesInUse: inUse } }), volume(), claim(), pod()],
      subjects: ['VolumeAttachment csi-1'],
      sentence: 'node-1 still has it mounted',
    },
    {
      name: 'node is silent -> found, blaming it',
      objects: [ending(20), silentNode(30), volume(), claim()],
      subjects: ['VolumeAttachment csi-1'],
      blames: ['Node node-1', 'CSIDriver disk.csi.example.com'],
    },
  ],
  passesBy: [
    { name: 'going for a moment -> silent', objects: [ending(1, refused), node(), volume()] },
    {
      name: 'not going, an old error is left -> silent',
      objects: [attachment({ status: refused }), node(), volume()],
    },
    { name: 'node is gone -> silent: that is another rule', objects: [ending(20, refused), volume()] },
  ],
});
