import { claim, minutesAgo, pod } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s05SinglePodClaim } from './s05-single-pod-claim.ts';

const single = claim({ spec: { accessModes: ['ReadWriteOncePod'] } });
const next = unschedulablePod(20, 'already in-use by another pod', { metadata: { name: 'db-next', uid: 'next' } });

describeRule(s05SinglePodClaim, {
  finds: [
    {
      name: 'holder runs -> found',
      objects: [single, pod(), next],
      subjects: ['Pod shop/db-next'],
      sentence: 'which pod db-0 on node-1 holds',
      verdicts: { 'Force-delete': 'unsafe' },
    },
    {
      name: 'holder is being deleted on a node -> found, blaming the node',
      objects: [single, pod({ metadata: { deletionTimestamp: minutesAgo(9) } }), next],
      subjects: ['Pod shop/db-next'],
      sentence: 'about to leave',
      blames: ['Node node-1'],
    },
  ],
  passesBy: [
    { name: 'holder has ended -> silent', objects: [single, pod({ status: { phase: 'Succeeded' } }), next] },
    { name: 'claim is for one node, not one pod -> silent', objects: [claim(), pod(), next] },
    { name: 'nobody holds it -> silent', objects: [single, next] },
    {
      name: 'waits for a moment -> silent',
      objects: [single, pod(), unschedulablePod(1, 'in-use', { metadata: { name: 'db-next', uid: 'next' } })],
    },
  ],
});
