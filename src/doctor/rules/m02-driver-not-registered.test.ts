import { claim, csiNode, driverName, event, minutesAgo, node, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m02DriverNotRegistered } from './m02-driver-not-registered.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const unregistered = csiNode({ spec: { drivers: [{ name: 'other.example.com', nodeID: 'node-1' }] } });
const plugin = pod({
  metadata: { name: 'disk-node-x', namespace: 'storage', ...ownedBy('DaemonSet', 'disk-node') },
  spec: {
    containers: [{ name: 'driver', image: 'example/disk', args: [`--endpoint=/csi/${driverName}/csi.sock`] }],
    volumes: [],
  },
});
const said = event(waiting, {
  reason: 'FailedMount',
  message: `MountVolume.MountDevice failed for volume "pv-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${driverName} not found in the list of registered CSI drivers`,
});
const fresh = pod({ metadata: { creationTimestamp: minutesAgo(1) }, status: { phase: 'Pending' } });

describeRule(m02DriverNotRegistered, {
  finds: [
    {
      name: 'plugin is not on the node -> found, blaming the node first',
      objects: [waiting, unregistered, claim(), volume(), node()],
      subjects: ['CSINode node-1'],
      sentence: 'no node plugin of it is ready there',
      blames: ['Node node-1'],
    },
    {
      name: 'plugin runs and never registered; nothing of it is mounted -> its restart is safe',
      objects: [waiting, unregistered, claim(), volume(), node(), plugin],
      subjects: ['CSINode node-1'],
      sentence: 'although its node plugin runs there',
      verdicts: { 'Restart the plugin pod disk-node-x': 'safe', 'Delete the CSINode': 'unsafe' },
    },
    {
      name: 'another volume of the driver is mounted there -> its restart needs a proof',
      objects: [
        waiting,
        unregistered,
        claim(),
        volume(),
        plugin,
        node({ status: { volumesInUse: [`kubernetes.io/csi/${driverName}^disk-2`] } }),
      ],
      subjects: ['CSINode node-1'],
      verdicts: { 'Restart the plugin pod': 'safe-after-proof' },
    },
    {
      name: 'node says nothing of its drivers, and the kubelet has said so -> found at once',
      objects: [fresh, said, claim(), volume(), silentNode(1)],
      subjects: ['CSINode node-1'],
      blames: ['Node node-1', `CSIDriver ${driverName}`],
    },
  ],
  passesBy: [
    { name: 'driver is registered -> silent', objects: [waiting, csiNode(), claim(), volume()] },
    { name: 'node has just started -> silent', objects: [fresh, unregistered, claim(), volume()] },
    { name: 'pod runs -> silent', objects: [pod(), unregistered, claim(), volume()] },
    {
      name: 'volume needs no CSI driver -> silent',
      objects: [
        waiting,
        unregistered,
        claim(),
        volume({ spec: { csi: undefined, nfs: { server: 'nfs-1', path: '/data' } } }),
      ],
    },
  ],
});
