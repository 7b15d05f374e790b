import { attachment, claim, minutesAgo, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { l02VolumeNotGoing } from './l02-volume-not-going.ts';

const going = (minutes: number, overrides: object = {}) =>
  volume({
    metadata: { deletionTimestamp: minutesAgo(minutes), finalizers: ['kubernetes.io/pv-protection'] },
    status: { phase: 'Released' },
    ...overrides,
  });
const released = (phase: string, minutes: number, policy = 'Delete') =>
  volume({
    spec: { persistentVolumeReclaimPolicy: policy },
    status: { phase, lastPhaseTransitionTime: minutesAgo(minutes), message: 'rpc error: code = Internal' },
  });

describeRule(l02VolumeNotGoing, {
  finds: [
    {
      name: 'still attached -> found, blaming the attachment and the node',
      objects: [going(20), attachment()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'still attached to node-1',
      blames: ['VolumeAttachment csi-1', 'Node node-1'],
      verdicts: { 'Remove the finalizers': 'unsafe' },
    },
    {
      name: 'claim still has it -> found, blaming the claim',
      objects: [going(20, { status: { phase: 'Bound' } }), claim()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'the claim shop/data still has it',
      blames: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'deletion at the backend failed -> found',
      objects: [released('Failed', 1)],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'disk.csi.example.com has not deleted the disk',
    },
    {
      name: 'released for deletion for long, still there -> found',
      objects: [released('Released', 60)],
      subjects: ['PersistentVolume pv-1'],
    },
  ],
  passesBy: [
    { name: 'going for a moment -> silent', objects: [going(1), attachment()] },
    { name: 'released for a moment -> silent', objects: [released('Released', 1)] },
    { name: 'released and to be kept -> silent', objects: [released('Released', 600, 'Retain')] },
    { name: 'bound -> silent', objects: [volume(), claim(), attachment()] },
  ],
});
