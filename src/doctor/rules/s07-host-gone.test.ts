import { claim, node, silentNode, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s07HostGone } from './s07-host-gone.ts';

const onHost = (host: string, key = 'kubernetes.io/hostname') =>
  volume({
    spec: {
      csi: undefined,
      local: { path: '/disks/1' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [host] }] }] },
      },
    },
  });
const stuck = unschedulablePod(20, '0/1 nodes are available: 1 node(s) had volume node affinity conflict.');

describeRule(s07HostGone, {
  finds: [
    {
      name: 'host of a local volume is gone -> found',
      objects: [stuck, claim(), onHost('node-9'), node()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'lies on host node-9',
      verdicts: { 'Bring the host': 'safe', 'Replace the claim': 'safe-after-proof', 'Treat a node': 'unsafe' },
    },
    {
      name: 'host of a driver that names hosts by a label of its own is gone -> found',
      objects: [stuck, claim(), onHost('node-9', 'topology.topolvm.io/node'), node()],
      subjects: ['PersistentVolume pv-1'],
    },
  ],
  passesBy: [
    { name: 'host is there -> silent', objects: [stuck, claim(), onHost('node-1'), node()] },
    { name: 'host is silent, not gone -> silent', objects: [stuck, claim(), onHost('node-1'), silentNode(60)] },
    { name: 'pod misses it for a moment -> silent', objects: [unschedulablePod(2), claim(), onHost('node-9'), node()] },
    {
      name: 'disk of a zone without nodes -> silent: it is not on a host',
      objects: [stuck, claim(), onHost('zone-b', 'topology.kubernetes.io/zone'), node()],
    },
    {
      name: 'nodes were not all read -> silent',
      objects: [stuck, claim(), onHost('node-9'), node()],
      snapshot: { coverage: { nodes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
