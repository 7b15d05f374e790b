import { attachment, claim, minutesAgo, node, pod, silentNode } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { e03OfflineResize } from './e03-offline-resize.ts';

const pending = (minutes: number) =>
  claim({
    status: {
      conditions: [
        {
          type: 'FileSystemResizePending',
          status: 'True',
          lastTransitionTime: minutesAgo(minutes),
          message: 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
        },
      ],
    },
  });
const refused = (message: string) =>
  claim({ status: { conditions: [{ type: 'ControllerResizeError', status: 'True', message }] } });
const owned = pod({ metadata: ownedBy('StatefulSet', 'db') });

describeRule(e03OfflineResize, {
  finds: [
    {
      name: 'file system waits for the pod -> restart is safe on a node that is heard',
      objects: [pending(30), owned, node()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'when pod db-0 starts again',
      verdicts: { 'Restart pod db-0': 'safe', 'Force-delete': 'unsafe' },
    },
    {
      name: 'the same on a node that is not heard -> restart needs a proof',
      objects: [pending(30), owned, silentNode(1)],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Restart pod db-0': 'safe-after-proof' },
    },
    {
      name: 'storage refuses while attached -> scale to zero',
      objects: [refused('OperationNotAllowed: Cannot resize disk while it is attached'), owned, node(), attachment()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: "can't grow while its disk is attached",
      verdicts: { 'Scale the workload': 'safe' },
    },
  ],
  passesBy: [
    { name: 'pending for a moment -> silent: the kubelet does it', objects: [pending(1), owned, node()] },
    { name: 'pending without a pod -> silent: the next one finishes it', objects: [pending(30), node()] },
    { name: 'refused for another reason -> silent', objects: [refused('code = OutOfRange'), owned, node()] },
  ],
});
