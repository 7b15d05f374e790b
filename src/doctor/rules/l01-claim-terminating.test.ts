import { claim, minutesAgo, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { l01ClaimTerminating } from './l01-claim-terminating.ts';

const going = (minutes: number, finalizers = ['kubernetes.io/pvc-protection']) =>
  claim({ metadata: { deletionTimestamp: minutesAgo(minutes), finalizers } });
const ended = pod({ status: { phase: 'Succeeded' } });
const kept = volume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });

describeRule(l01ClaimTerminating, {
  finds: [
    {
      name: 'pod runs with it -> found: the data goes when it ends',
      objects: [going(20), volume(), pod()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'goes as soon as pod db-0 ends, and its data with it',
      verdicts: { 'Take a snapshot': 'safe', 'Remove the finalizers': 'unsafe' },
      blames: ['Node node-1'],
    },
    {
      name: 'only an ended pod holds it, no copy known -> removing that is not safe yet',
      objects: [going(20), volume(), ended],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'held only by pods that have ended',
      verdicts: { 'Remove the pods': 'safe-after-proof' },
    },
    {
      name: 'only an ended pod holds it, the volume is kept -> removing that is safe',
      objects: [going(20), kept, ended],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Remove the pods': 'safe' },
    },
    {
      name: 'pods were not all read -> removing the ended one is not safe',
      objects: [going(20), kept, ended],
      snapshot: { coverage: { pods: { state: 'partial', namespaces: [] } } },
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Remove the pods': 'safe-after-proof' },
    },
    {
      name: 'another finalizer holds it -> found, and named',
      objects: [going(20, ['kubernetes.io/pvc-protection', 'example.com/archive']), volume()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'held by example.com/archive',
    },
  ],
  passesBy: [
    { name: 'going for a moment -> silent', objects: [going(1), volume(), pod()] },
    { name: 'not being deleted -> silent', objects: [claim(), volume(), ended] },
  ],
});
