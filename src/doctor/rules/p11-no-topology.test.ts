import { csiNode, driverName, node, pendingClaim, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p11NoTopology } from './p11-no-topology.ts';

const selected = { 'volume.kubernetes.io/selected-node': 'node-1' };
const waiting = pendingClaim({ metadata: { annotations: selected } });
const elsewhere = csiNode({ metadata: { name: 'node-2' } });
const withoutKeys = csiNode({ spec: { drivers: [{ name: driverName, nodeID: 'node-1', topologyKeys: [] }] } });

describeRule(p11NoTopology, {
  finds: [
    {
      name: 'plugin not registered on the chosen node -> one finding for all claims there',
      objects: [
        waiting,
        pendingClaim({ metadata: { name: 'other', annotations: selected } }),
        storageClass(),
        node(),
        csiNode({ spec: { drivers: [] } }),
        elsewhere,
      ],
      subjects: ['CSINode node-1'],
      sentence: 'not registered there',
      blames: ['Node node-1', 'CSINode node-1'],
      verdicts: { 'Write the zone labels': 'unsafe' },
    },
    {
      name: 'plugin registered without keys -> found',
      objects: [waiting, storageClass(), node(), withoutKeys, elsewhere],
      subjects: ['CSINode node-1'],
      sentence: 'told nothing',
    },
    {
      name: 'node has lost the label -> found',
      objects: [
        waiting,
        storageClass(),
        node({ metadata: { labels: { 'topology.kubernetes.io/zone': undefined } } }),
        csiNode(),
      ],
      subjects: ['CSINode node-1'],
      sentence: 'lost its label topology.kubernetes.io/zone',
    },
  ],
  passesBy: [
    { name: 'keys and labels are there -> silent', objects: [waiting, storageClass(), node(), csiNode(), elsewhere] },
    {
      name: 'driver has no topology on any node -> silent',
      objects: [waiting, storageClass(), node(), withoutKeys],
    },
    {
      name: 'no node chosen yet -> silent',
      objects: [pendingClaim(), storageClass(), node(), withoutKeys, elsewhere],
    },
    {
      name: 'CSI nodes were not all read -> silent',
      objects: [waiting, storageClass(), node(), elsewhere],
      snapshot: { coverage: { csiNodes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
