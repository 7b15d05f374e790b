import type { Event } from '../../apis/core/generated/v1.ts';
import { claim, event, object, pendingClaim, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p05ProvisioningFailed } from './p05-provisioning-failed.ts';

const waiting = pendingClaim();
const failed = (code: string, lastTimestamp?: string) =>
  event(waiting, {
    reason: 'ProvisioningFailed',
    message: `failed to provision volume with StorageClass "fast": rpc error: code = ${code} desc = no`,
    ...(lastTimestamp && { lastTimestamp }),
  });
const written = (said: Event, resourceVersion: string): Event => ({
  ...said,
  metadata: { ...said.metadata, resourceVersion },
});
const tries = event(waiting, {
  reason: 'Provisioning',
  type: 'Normal',
  message: 'External provisioner is provisioning',
});
const withSecret = storageClass({
  parameters: {
    'csi.storage.k8s.io/provisioner-secret-name': 'backend',
    'csi.storage.k8s.io/provisioner-secret-namespace': '${pvc.namespace}',
  },
});
const secret = object({ apiVersion: 'v1', kind: 'Secret', name: 'backend', namespace: 'shop' }, {});

describeRule(p05ProvisioningFailed, {
  finds: [
    {
      name: 'parameter refused -> found',
      objects: [waiting, storageClass(), failed('InvalidArgument')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'does not accept a parameter',
      blames: ['CSIDriver disk.csi.example.com'],
      verdicts: { 'Delete the claim': 'unsafe' },
    },
    {
      name: 'tried and refused within one second -> found',
      objects: [waiting, storageClass(), written(tries, '99'), written(failed('InvalidArgument'), '100')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'does not accept a parameter',
    },
    {
      name: 'quota of the provider used up -> found',
      objects: [waiting, storageClass(), failed('ResourceExhausted')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'its quota is used up',
    },
    {
      name: 'Secret of the class does not exist -> found, and named',
      objects: [waiting, withSecret, failed('Internal')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'the Secret backend, which the class names, does not exist',
    },
    {
      name: 'code that is not known, Secret exists -> points at the event',
      objects: [waiting, withSecret, secret, failed('DataLoss')],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'the event says why',
    },
  ],
  passesBy: [
    { name: 'claim got its volume since -> silent', objects: [claim(), volume(), storageClass(), failed('Internal')] },
    {
      name: 'provisioner tries again at this moment -> silent',
      objects: [waiting, storageClass(), failed('Internal', '2026-06-01T11:00:00Z'), tries],
    },
    {
      name: 'claim waits for its first pod -> silent',
      objects: [
        waiting,
        storageClass(),
        event(waiting, { reason: 'WaitForFirstConsumer', message: 'waiting for first consumer' }),
      ],
    },
  ],
});
