import {
  attachment,
  claim,
  csiDriver,
  driverName,
  minutesAgo,
  node,
  object,
  pod,
  silentNode,
  volume,
} from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a07ForceDetach } from './a07-force-detach.ts';

const inUse = { status: { volumesInUse: [`kubernetes.io/csi/${driverName}^disk-1`] } };
const unheard = silentNode(15, inUse);
const ending = (minutes: number) => pod({ metadata: { deletionTimestamp: minutesAgo(minutes) } });
const storage = [claim(), volume(), csiDriver()];
const elsewhere = attachment({ metadata: { name: 'csi-2' }, spec: { nodeName: 'node-2' } });
const shutdown = { key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' };
const line = object(
  { apiVersion: 'doctor.amarre.io/v1', kind: 'LogLine', name: '1' },
  {
    component: 'kube-controller-manager',
    text: 'not safe to detach, but maxWaitForUnmountDuration expired, force detaching pv-1',
  },
);

describeRule(a07ForceDetach, {
  finds: [
    {
      name: 'volume is attached elsewhere while the node lists it -> found, blaming the node',
      objects: [unheard, ending(10), ...storage, elsewhere, line],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'is attached to node-2 away from node-1',
      blames: ['Node node-1'],
      verdicts: { 'Take the node': 'safe-after-proof', 'Rely on': 'unsafe', 'Stop the writer': 'needs-expert' },
    },
    {
      name: 'its attachment is going -> found',
      objects: [unheard, ending(10), ...storage, attachment({ metadata: { deletionTimestamp: minutesAgo(2) } })],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'is being taken away',
    },
    {
      name: 'provider says that the machine is stopped -> the taint is safe',
      objects: [silentNode(15, { ...inUse, spec: { taints: [shutdown] } }), ending(10), ...storage],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Take the node': 'safe' },
    },
  ],
  passesBy: [
    { name: 'attachment holds -> silent', objects: [unheard, ending(10), ...storage, attachment()] },
    { name: 'pod being deleted for less -> silent', objects: [unheard, ending(4), ...storage] },
    { name: 'node is heard -> silent', objects: [node(inUse), ending(10), ...storage] },
    { name: 'node had unmounted it -> silent', objects: [silentNode(15), ending(10), ...storage, elsewhere] },
    {
      name: 'driver attaches nothing -> silent',
      objects: [unheard, ending(10), claim(), volume(), csiDriver({ spec: { attachRequired: false } })],
    },
  ],
});
