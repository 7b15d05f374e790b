import { attachment, claim, driverName, event, minutesAgo, node, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m07OperationPending } from './m07-operation-pending.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const text = 'rpc error: code = Aborted desc = an operation with the given Volume ID disk-1 already exists';
const aborted = (minutes: number) => ({
  ...event(waiting, { reason: 'FailedMount', message: `MountVolume.MountDevice failed for volume "pv-1" : ${text}` }),
  firstTimestamp: minutesAgo(minutes),
  count: 12,
});
const plugin = pod({
  metadata: { name: 'disk-node-x', namespace: 'storage', ...ownedBy('DaemonSet', 'disk-node') },
  spec: { containers: [{ name: 'driver', args: [`/plugins/${driverName}/csi.sock`] }], volumes: [] },
});

describeRule(m07OperationPending, {
  finds: [
    {
      name: 'mount turned away for 20 minutes -> found; a restart needs the word of the storage',
      objects: [waiting, aborted(20), claim(), volume(), node(), plugin],
      subjects: ['PersistentVolume pv-1'],
      blames: ['Node node-1', 'CSINode node-1'],
      verdicts: {
        'Look whether the storage': 'safe',
        'Restart the plugin pod': 'safe-after-proof',
        'Restart all plugins': 'unsafe',
      },
    },
    {
      name: 'attacher was turned away -> found from the status',
      objects: [volume(), attachment({ status: { attached: false, attachError: { message: text } } })],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'turns every further one away',
    },
    {
      name: 'detach was turned away -> found from the status',
      objects: [volume(), attachment({ status: { attached: true, detachError: { message: text } } })],
      subjects: ['PersistentVolume pv-1'],
    },
  ],
  passesBy: [
    {
      name: 'turned away a moment ago -> silent: a retry met its predecessor',
      objects: [waiting, aborted(1), claim(), volume()],
    },
    { name: 'pod runs by now -> silent', objects: [pod(), aborted(20), claim(), volume()] },
    {
      name: 'attachment failed for another reason -> silent',
      objects: [volume(), attachment({ status: { attached: false, attachError: { message: 'disk not found' } } })],
    },
  ],
});
