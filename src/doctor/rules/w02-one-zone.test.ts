import { claim, node, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { nodeInZone, statefulSet } from '../testing/workload-builders.ts';
import { w02OneZone } from './w02-one-zone.ts';

const zoneKey = 'topology.kubernetes.io/zone';
const placed = (key: string, ...places: string[]) =>
  places.flatMap((place, ordinal) => [
    claim({ metadata: { name: `data-db-${ordinal}` }, spec: { volumeName: `pv-${ordinal}` } }),
    volume({
      metadata: { name: `pv-${ordinal}` },
      spec: {
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [place] }] }] },
        },
      },
    }),
  ]);
const nodes = [node(), nodeInZone('node-2', 'zone-b')];

describeRule(w02OneZone, {
  finds: [
    {
      name: 'volumes of all replicas in one zone of two -> found',
      objects: [statefulSet(), ...placed(zoneKey, 'zone-a', 'zone-a'), ...nodes],
      subjects: ['StatefulSet shop/db'],
      sentence: 'in zone zone-a',
      verdicts: { 'Ask for a spread': 'safe', 'Move one': 'needs-expert', 'Move several': 'unsafe' },
    },
    {
      name: 'local volumes of all replicas on one host -> found',
      objects: [statefulSet(), ...placed('kubernetes.io/hostname', 'node-1', 'node-1'), ...nodes],
      subjects: ['StatefulSet shop/db'],
      sentence: 'on host node-1',
    },
    {
      name: "one zone by the driver's own key -> found",
      objects: [statefulSet(), ...placed('topology.ebs.csi.aws.com/zone', 'zone-a', 'zone-a'), ...nodes],
      subjects: ['StatefulSet shop/db'],
    },
  ],
  passesBy: [
    { name: 'spread -> silent', objects: [statefulSet(), ...placed(zoneKey, 'zone-a', 'zone-b'), ...nodes] },
    {
      name: 'cluster has one zone -> silent',
      objects: [statefulSet(), ...placed(zoneKey, 'zone-a', 'zone-a'), node()],
    },
    {
      name: 'one replica -> silent',
      objects: [statefulSet({ spec: { replicas: 1 } }), ...placed(zoneKey, 'zone-a'), ...nodes],
    },
    {
      name: 'one volume can be reached from everywhere -> silent',
      objects: [
        statefulSet(),
        ...placed(zoneKey, 'zone-a'),
        claim({ metadata: { name: 'data-db-1' }, spec: { volumeName: 'pv-1' } }),
        volume(),
        ...nodes,
      ],
    },
  ],
});
