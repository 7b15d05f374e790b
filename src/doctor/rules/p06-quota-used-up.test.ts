import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { ResourceQuota } from '../../apis/core/generated/v1.ts';
import { claim, object, storageClass } from '../testing/builders.ts';
import { unschedulablePod } from '../testing/pods.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p06QuotaUsedUp } from './p06-quota-used-up.ts';

const template = {
  accessModes: ['ReadWriteOnce'],
  storageClassName: 'fast',
  resources: { requests: { storage: '10Gi' } },
};

function set(replicas: number): StatefulSet {
  return object<StatefulSet>(
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', namespace: 'shop' },
    {
      spec: { replicas: 2, serviceName: 'db', volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: template }] },
      status: { replicas },
    },
  );
}

function quota(key: string, { hard, used }: { hard: string; used: string }, spec = {}): ResourceQuota {
  return object<ResourceQuota>(
    { apiVersion: 'v1', kind: 'ResourceQuota', name: 'limits', namespace: 'shop' },
    { spec, status: { hard: { [key]: hard }, used: { [key]: used } } },
  );
}

const first = claim({ metadata: { name: 'data-db-0' } });
const ephemeral = unschedulablePod(20, 'waiting for ephemeral volume controller to create the persistentvolumeclaim', {
  spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: template } } }] },
});

describeRule(p06QuotaUsedUp, {
  finds: [
    {
      name: 'no room for the bytes of the second replica -> found',
      objects: [set(1), first, storageClass(), quota('requests.storage', { hard: '15Gi', used: '10Gi' })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'its claim data-db-1',
      verdicts: { 'Raise requests.storage of the quota to 20Gi': 'safe-after-proof', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'number of claims used up, no replica yet -> found',
      objects: [set(0), storageClass(), quota('persistentvolumeclaims', { hard: '5', used: '5' })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'its claim data-db-0',
    },
    {
      name: 'quota of the class has no room for an ephemeral volume -> found',
      objects: [
        ephemeral,
        storageClass(),
        quota('fast.storageclass.storage.k8s.io/requests.storage', { hard: '1Gi', used: '0' }),
      ],
      subjects: ['Pod shop/db-0'],
    },
  ],
  passesBy: [
    {
      name: 'room for exactly one more -> silent',
      objects: [set(1), first, storageClass(), quota('requests.storage', { hard: '20Gi', used: '10Gi' })],
    },
    {
      name: 'all replicas exist, quota is full -> silent',
      objects: [set(2), first, storageClass(), quota('requests.storage', { hard: '20Gi', used: '20Gi' })],
    },
    {
      name: 'quota is full for another class -> silent',
      objects: [
        set(1),
        first,
        storageClass(),
        quota('slow.storageclass.storage.k8s.io/requests.storage', { hard: '1Gi', used: '1Gi' }),
      ],
    },
    {
      name: 'claims of the namespace were not read -> silent',
      objects: [set(1), storageClass(), quota('requests.storage', { hard: '15Gi', used: '10Gi' })],
      snapshot: { coverage: { claims: { state: 'partial', namespaces: ['bank'] } } },
    },
    {
      name: 'set lacks a replica for another reason, its claims exist -> silent',
      objects: [
        set(1),
        first,
        claim({ metadata: { name: 'data-db-1' } }),
        quota('requests.storage', { hard: '15Gi', used: '15Gi' }),
      ],
    },
  ],
});
