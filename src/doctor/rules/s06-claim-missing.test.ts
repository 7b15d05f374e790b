import { claim, minutesAgo, pendingClaim, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { s06ClaimMissing } from './s06-claim-missing.ts';

const waiting = unschedulablePod(20, 'persistentvolumeclaim "data" not found');
const going = claim({
  metadata: { deletionTimestamp: minutesAgo(10), finalizers: ['kubernetes.io/pvc-protection'] },
});

describeRule(s06ClaimMissing, {
  finds: [
    {
      name: 'claim was never made -> found',
      objects: [waiting],
      subjects: ['Pod shop/db-0'],
      sentence: 'needs the claim data, which does not exist.',
    },
    {
      name: 'claim was deleted, its volume is still there -> found, and said',
      objects: [waiting, volume({ status: { phase: 'Released' } })],
      subjects: ['Pod shop/db-0'],
      sentence: 'the volume pv-1 that it had is still there',
    },
    {
      name: 'claim is being deleted -> found, blaming the claim',
      objects: [waiting, going, volume()],
      subjects: ['Pod shop/db-0'],
      blames: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Take a snapshot': 'safe', 'Remove the finalizers': 'unsafe' },
    },
  ],
  passesBy: [
    { name: 'claim exists -> silent', objects: [waiting, pendingClaim()] },
    {
      name: 'pod is a moment old -> silent: the claim may follow',
      objects: [unschedulablePod(1, 'not found', { metadata: { creationTimestamp: minutesAgo(1) } })],
    },
    {
      name: 'claims of the namespace were not read -> silent',
      objects: [waiting],
      snapshot: { coverage: { claims: { state: 'partial', namespaces: ['bank'] } } },
    },
    {
      name: 'claim of an ephemeral volume is missing -> silent: its controller makes it',
      objects: [
        unschedulablePod(20, 'waiting', {
          spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }] },
        }),
      ],
    },
  ],
});
