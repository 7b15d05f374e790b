import { claim, event, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { secret } from '../testing/workload-builders.ts';
import { m06SecretMissing } from './m06-secret-missing.ts';

const named = { name: 'ceph-node', namespace: 'storage' };
const needy = volume({ spec: { csi: { nodeStageSecretRef: named } } });
const waiting = pod({ status: { phase: 'Pending' } });
const denied = event(waiting, {
  reason: 'FailedMount',
  message: 'MountVolume.MountDevice failed for volume "pv-1" : rpc error: code = Unauthenticated desc = bad key',
});

describeRule(m06SecretMissing, {
  finds: [
    {
      name: 'Secret of two volumes is gone -> one finding',
      objects: [needy, volume({ metadata: { name: 'pv-2' }, spec: { csi: { nodePublishSecretRef: named } } })],
      subjects: ['Secret storage/ceph-node'],
      sentence: '2 volumes',
      verdicts: { 'Put the keys': 'safe', 'Delete the claim': 'unsafe', 'Make the PersistentVolume': 'unsafe' },
    },
    {
      name: 'a Secret of that name is only in another namespace -> found',
      objects: [needy, secret('ceph-node', 'default')],
      subjects: ['Secret storage/ceph-node'],
      sentence: 'does not exist',
    },
    {
      name: 'Secret exists and the storage denies -> found',
      objects: [waiting, denied, claim(), needy, secret('ceph-node', 'storage')],
      subjects: ['Secret storage/ceph-node'],
      sentence: 'denies access',
    },
    {
      name: 'Secret is gone and the storage denies -> one finding',
      objects: [waiting, denied, claim(), needy],
      subjects: ['Secret storage/ceph-node'],
      sentence: 'does not exist',
    },
  ],
  passesBy: [
    { name: 'Secret exists -> silent', objects: [needy, secret('ceph-node', 'storage')] },
    {
      name: 'only other namespaces were read -> silent: nobody looked',
      objects: [needy],
      snapshot: { coverage: { secrets: { state: 'partial', namespaces: ['shop'] } } },
    },
    {
      name: 'volume is released -> silent',
      objects: [volume({ spec: { csi: { nodeStageSecretRef: named } }, status: { phase: 'Released' } })],
    },
    { name: 'denied, but the volume names no Secret -> silent', objects: [waiting, denied, claim(), volume()] },
  ],
});
