import { claim, event, minutesAgo, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { e01NotExpanding } from './e01-not-expanding.ts';

const wants = (status: object = {}) => claim({ spec: { resources: { requests: { storage: '20Gi' } } }, status });
const waiting = (minutes: number) => ({
  ...event(claim(), {
    reason: 'ExternalExpanding',
    type: 'Normal',
    message: 'waiting for an external controller to expand this PVC',
  }),
  firstTimestamp: minutesAgo(minutes),
});
const forbidden = storageClass({ allowVolumeExpansion: undefined });

describeRule(e01NotExpanding, {
  finds: [
    {
      name: 'no resizer takes the claim up -> found',
      objects: [wants(), waiting(30), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'no resizer',
      verdicts: { 'Look for the external-resizer': 'safe', 'Edit the capacity': 'unsafe' },
      blames: ['CSIDriver disk.csi.example.com'],
    },
    {
      name: 'class does not allow it -> found without any event; nobody knows whether the driver can',
      objects: [wants(), forbidden],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'does not allow',
      verdicts: { 'Allow expansion': 'safe-after-proof' },
    },
    {
      name: 'another class of the driver allows it -> allowing it here is safe',
      objects: [wants(), forbidden, storageClass({ metadata: { name: 'other' } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Allow expansion': 'safe' },
    },
  ],
  passesBy: [
    { name: 'asked a moment ago -> silent', objects: [wants(), waiting(1), storageClass()] },
    {
      name: 'asks for what it has, in other words -> silent',
      objects: [claim({ spec: { resources: { requests: { storage: '10240Mi' } } } }), forbidden],
    },
    {
      name: 'is being resized -> silent',
      objects: [wants({ conditions: [{ type: 'Resizing', status: 'True' }] }), waiting(30), storageClass()],
    },
    {
      name: 'resize was tried and failed -> silent: another rule says why',
      objects: [
        wants({ allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } }),
        waiting(30),
        storageClass(),
      ],
    },
  ],
});
