import { backupLocation, schedule, snapshotContent } from '../testing/backup-builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b07SameFailureDomain } from './b07-same-failure-domain.ts';

const unmoved = schedule({ spec: { template: { snapshotMoveData: undefined } } });
const at = (s3Url: string, name = 'default') => backupLocation({ metadata: { name }, spec: { config: { s3Url } } });

describeRule(b07SameFailureDomain, {
  finds: [
    {
      name: 'only snapshots, on the storage of the volumes -> found',
      objects: [unmoved, snapshotContent(), backupLocation()],
      subjects: ['Schedule velero/nightly'],
      sentence: 'lie on the same storage',
      verdicts: { 'Make one backup': 'safe', 'Let the schedule': 'needs-expert', 'Count on a snapshot': 'unsafe' },
    },
    {
      name: 'store is a service of the cluster -> found',
      objects: [schedule(), at('http://minio.storage.svc.cluster.local:9000')],
      subjects: ['BackupStorageLocation velero/default'],
      sentence: 'runs in the cluster',
      verdicts: { 'Add a store elsewhere': 'safe' },
    },
    {
      name: 'store by the short name of a service -> found',
      objects: [schedule(), at('http://minio:9000')],
      subjects: ['BackupStorageLocation velero/default'],
    },
  ],
  passesBy: [
    {
      name: 'data is moved to a store elsewhere -> silent',
      objects: [schedule(), snapshotContent(), backupLocation()],
    },
    {
      name: 'snapshots that the provider keeps apart -> silent',
      objects: [unmoved, snapshotContent({ spec: { driver: 'ebs.csi.aws.com' } }), backupLocation()],
    },
    {
      name: 'store in the cluster, and a schedule to one elsewhere -> silent',
      objects: [
        at('http://minio:9000'),
        at('https://s3.example.com', 'offsite'),
        schedule({ spec: { template: { storageLocation: 'offsite' } } }),
      ],
    },
    {
      name: 'store without an address of its own -> silent',
      objects: [backupLocation({ spec: { config: undefined } })],
    },
  ],
});
