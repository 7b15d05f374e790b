import { claim, node, silentNode, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { nodeInZone } from '../testing/workload-builders.ts';
import { s01OutOfReach } from './s01-out-of-reach.ts';

const message = '0/2 nodes are available: 2 node(s) had volume node affinity conflict.';
const stuck = unschedulablePod(20, message);
const inZone = (zone: string, name = 'pv-1') =>
  volume({
    metadata: { name },
    spec: {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] },
          ],
        },
      },
    },
  });

describeRule(s01OutOfReach, {
  finds: [
    {
      name: 'no node in the zone -> found',
      objects: [stuck, claim(), inZone('zone-b'), node()],
      subjects: ['Pod shop/db-0'],
      sentence: 'no node can reach the disk pv-1',
      blames: ['PersistentVolume pv-1'],
      verdicts: { 'Delete the claim': 'unsafe' },
    },
    {
      name: 'the only node of the zone is cordoned -> found, and uncordoning has to be asked for',
      objects: [
        stuck,
        claim(),
        inZone('zone-b'),
        node(),
        nodeInZone('node-2', 'zone-b', { spec: { unschedulable: true } }),
      ],
      subjects: ['Pod shop/db-0'],
      sentence: 'node-2 is cordoned',
      verdicts: { 'Let node-2': 'safe-after-proof' },
    },
    {
      name: 'the only node of the zone is silent -> found, blaming it',
      objects: [stuck, claim(), inZone('zone-a'), silentNode(20)],
      subjects: ['Pod shop/db-0'],
      sentence: 'node-1 is not ready',
      blames: ['Node node-1'],
    },
    {
      name: 'the pod asks for another zone -> found',
      objects: [
        unschedulablePod(20, message, { spec: { nodeSelector: { 'topology.kubernetes.io/zone': 'zone-b' } } }),
        claim(),
        inZone('zone-a'),
        node(),
        nodeInZone('node-2', 'zone-b'),
      ],
      subjects: ['Pod shop/db-0'],
      sentence: 'asks for other nodes',
    },
    {
      name: 'two disks in two zones -> found',
      objects: [
        unschedulablePod(20, message, {
          spec: {
            volumes: [
              { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
              { name: 'wal', persistentVolumeClaim: { claimName: 'wal' } },
            ],
          },
        }),
        claim(),
        claim({ metadata: { name: 'wal' }, spec: { volumeName: 'pv-2' } }),
        inZone('zone-a'),
        inZone('zone-b', 'pv-2'),
        node(),
        nodeInZone('node-2', 'zone-b'),
      ],
      subjects: ['Pod shop/db-0'],
      sentence: 'no one node can reach them all',
    },
    {
      name: 'nodes of the zone are full, as the scheduler says -> found',
      objects: [stuck, claim(), inZone('zone-a'), node()],
      subjects: ['Pod shop/db-0'],
      sentence: 'have no room',
    },
  ],
  passesBy: [
    {
      name: 'node in reach, and the scheduler speaks of memory only -> silent',
      objects: [
        unschedulablePod(20, '0/1 nodes are available: 1 Insufficient memory.'),
        claim(),
        inZone('zone-a'),
        node(),
      ],
    },
    { name: 'not scheduled for a moment -> silent', objects: [unschedulablePod(1), claim(), inZone('zone-b'), node()] },
    { name: 'disk has no affinity -> silent', objects: [stuck, claim(), volume(), node()] },
    {
      name: 'nodes were not all read -> silent',
      objects: [stuck, claim(), inZone('zone-b'), node()],
      snapshot: { coverage: { nodes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
