import { attachment, csiNode, minutesAgo, node } from '../testing/builders.ts';
import { controllerPod, nodePluginPod, sidecarLease } from '../testing/drivers.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a03NotAttached } from './a03-not-attached.ts';

const untouched = attachment({ metadata: { finalizers: undefined }, status: undefined });
const unplugged = csiNode({ spec: { drivers: [] } });

describeRule(a03NotAttached, {
  finds: [
    {
      name: 'plugin not registered on the node -> one finding for the node',
      objects: [
        attachment({
          status: { attached: false, attachError: { message: 'CSINode node-1 does not contain driver' } },
        }),
        attachment({ metadata: { name: 'csi-2' }, status: { attached: false } }),
        unplugged,
        node(),
      ],
      subjects: ['CSINode node-1'],
      sentence: 'can not get 2 volumes',
      blames: ['CSINode node-1', 'Node node-1', 'CSIDriver disk.csi.example.com'],
      verdicts: { 'Set attachRequired': 'unsafe' },
    },
    {
      name: 'attacher has lost its lease -> found',
      objects: [untouched, csiNode(), sidecarLease('external-attacher-leader-', 30)],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: 'no longer renews its lease',
    },
    {
      name: 'attacher does not run at all -> found',
      objects: [untouched, csiNode(), nodePluginPod(), controllerPod({ status: { phase: 'Pending', conditions: [] } })],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: 'does not look at the volume pv-1',
    },
  ],
  passesBy: [
    { name: 'attached -> silent', objects: [attachment(), csiNode()] },
    {
      name: 'attacher is at work on it -> silent: the backend may be slow',
      objects: [attachment({ status: { attached: false } }), csiNode()],
    },
    {
      name: 'a moment old -> silent',
      objects: [
        attachment({ metadata: { finalizers: undefined, creationTimestamp: minutesAgo(1) }, status: undefined }),
        csiNode(),
      ],
    },
    {
      name: 'CSI nodes were not all read, attacher at work -> silent',
      objects: [attachment({ status: { attached: false } })],
      snapshot: { coverage: { csiNodes: { state: 'partial', namespaces: [] } } },
    },
    {
      name: 'being detached -> silent',
      objects: [
        attachment({ metadata: { deletionTimestamp: minutesAgo(20) }, status: { attached: false } }),
        unplugged,
      ],
    },
  ],
});
