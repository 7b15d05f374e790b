import { minutesAgo, node, pod, silentNode } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy, statefulSet } from '../testing/workload-builders.ts';
import { w04OrderedTrap } from './w04-ordered-trap.ts';

const mended = statefulSet({ status: { updateRevision: 'db-2' } });
const replica = (revision: string, ready: string, minutes = 30) =>
  pod({
    metadata: { ...ownedBy('StatefulSet', 'db'), labels: { 'controller-revision-hash': revision } },
    status: { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: minutesAgo(minutes) }] },
  });

describeRule(w04OrderedTrap, {
  finds: [
    {
      name: 'old pod crashes after the template was mended -> delete it, and only it',
      objects: [mended, replica('db-1', 'False'), node()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'waits for its old pod db-0',
      verdicts: { 'Delete pod db-0': 'safe', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'the same on a node that is not heard -> needs a proof, and blames the node',
      objects: [mended, replica('db-1', 'False'), silentNode(9)],
      subjects: ['StatefulSet shop/db'],
      verdicts: { 'Delete pod db-0': 'safe-after-proof' },
      blames: ['Node node-1'],
    },
  ],
  passesBy: [
    { name: 'old pod is ready -> silent: its turn will come', objects: [mended, replica('db-1', 'True'), node()] },
    { name: 'broken pod is of the new template -> silent', objects: [mended, replica('db-2', 'False'), node()] },
    { name: 'not ready for a moment -> silent', objects: [mended, replica('db-1', 'False', 1), node()] },
    {
      name: 'all pods at once -> silent: nobody waits',
      objects: [
        statefulSet({ spec: { podManagementPolicy: 'Parallel' }, status: { updateRevision: 'db-2' } }),
        replica('db-1', 'False'),
      ],
    },
    {
      name: 'ordinal is held back by the partition -> silent',
      objects: [
        statefulSet({
          spec: { updateStrategy: { rollingUpdate: { partition: 1 } } },
          status: { updateRevision: 'db-2' },
        }),
        replica('db-1', 'False'),
      ],
    },
  ],
});
