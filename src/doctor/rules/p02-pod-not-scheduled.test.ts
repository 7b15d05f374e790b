import { claim, minutesAgo, pendingClaim, pod, storageClass, volume } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p02PodNotScheduled } from './p02-pod-not-scheduled.ts';

const noCpu = unschedulablePod(20, '0/3 nodes are available: 3 Insufficient cpu.');

describeRule(p02PodNotScheduled, {
  finds: [
    {
      name: 'no node has room for the pod -> found',
      objects: [pendingClaim(), storageClass(), noCpu],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'no node will have that pod',
      blames: ['Pod shop/db-0'],
    },
    {
      name: 'every node has a taint, and one of two pods waits for that -> found',
      objects: [
        pendingClaim(),
        storageClass(),
        pod({ metadata: { name: 'db-1' }, status: { phase: 'Pending' } }),
        unschedulablePod(20, '0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}.'),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Switch the class': 'unsafe' },
    },
  ],
  passesBy: [
    { name: 'no pod yet -> silent: nothing is wrong', objects: [pendingClaim(), storageClass()] },
    {
      name: 'pod could not be scheduled for a moment -> silent',
      objects: [pendingClaim(), storageClass(), unschedulablePod(1)],
    },
    {
      name: 'pod is held back by a scheduling gate -> silent',
      objects: [
        pendingClaim(),
        storageClass(),
        pod({
          spec: { nodeName: undefined },
          status: {
            phase: 'Pending',
            conditions: [
              { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', lastTransitionTime: minutesAgo(90) },
            ],
          },
        }),
      ],
    },
    {
      name: 'class binds at once -> silent: the pod is not what the claim waits for',
      objects: [pendingClaim(), storageClass({ volumeBindingMode: 'Immediate' }), noCpu],
    },
    { name: 'claim is bound -> silent', objects: [claim(), volume(), storageClass(), noCpu] },
  ],
});
