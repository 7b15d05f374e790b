import { attachment, claim, csiNode, driverName, minutesAgo, pod, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s04NoSlots } from './s04-no-slots.ts';

const limited = (name: string, count: number) =>
  csiNode({ metadata: { name }, spec: { drivers: [{ name: driverName, nodeID: name, allocatable: { count } }] } });
const attached = (name: string, nodeName = 'node-1') => attachment({ metadata: { name }, spec: { nodeName } });
const stuck = unschedulablePod(20, '0/2 nodes are available: 1 node(s) exceed max volume count.');
const failing = (error: object) =>
  attachment({ status: { attached: false, attachError: { time: minutesAgo(5), ...error } } });

describeRule(s04NoSlots, {
  finds: [
    {
      name: 'one node is full, and the scheduler says so -> found',
      objects: [stuck, claim(), volume(), limited('node-1', 1), attached('csi-1'), limited('node-2', 5)],
      subjects: ['Pod shop/db-0'],
      sentence: 'node node-1 can not take another disk',
      verdicts: { 'Raise the limit': 'unsafe', 'Spread the pods': 'needs-expert' },
    },
    {
      name: 'all nodes are full, and the scheduler speaks of something else -> found',
      objects: [
        unschedulablePod(20, '0/2 nodes are available.'),
        claim(),
        volume(),
        limited('node-1', 1),
        attached('csi-1'),
        limited('node-2', 1),
        attached('csi-2', 'node-2'),
      ],
      subjects: ['Pod shop/db-0'],
      sentence: '2 nodes',
    },
    {
      name: 'backend has no slot although the count says so -> found',
      objects: [limited('node-1', 25), failing({ message: 'rpc error: code = ResourceExhausted desc = too many' })],
      subjects: ['VolumeAttachment csi-1'],
      sentence: 'says 25, and 1 are used',
    },
    {
      name: 'error has a code only, node has no count -> found',
      objects: [csiNode(), failing({ message: 'attachment limit', errorCode: 8 })],
      subjects: ['VolumeAttachment csi-1'],
    },
    {
      name: 'kubelet gave the pod up -> found',
      objects: [pod({ status: { phase: 'Failed', reason: 'VolumeAttachmentLimitExceeded' } })],
      subjects: ['Pod shop/db-0'],
    },
  ],
  passesBy: [
    {
      name: 'node is full, and no pod waits -> silent',
      objects: [pod(), claim(), volume(), limited('node-1', 1), attached('csi-1')],
    },
    {
      name: 'one node is full, the other not, and the scheduler speaks of CPU -> silent',
      objects: [
        unschedulablePod(20, '0/2 nodes are available: 2 Insufficient cpu.'),
        claim(),
        volume(),
        limited('node-1', 1),
        attached('csi-1'),
        limited('node-2', 5),
      ],
    },
    { name: 'attachment fails for another reason -> silent', objects: [csiNode(), failing({ message: 'NotFound' })] },
    {
      name: 'slots of another driver are used up -> silent',
      objects: [
        unschedulablePod(20),
        claim(),
        volume(),
        csiNode({ spec: { drivers: [{ name: 'other', nodeID: 'x', allocatable: { count: 0 } }] } }),
      ],
    },
  ],
});
