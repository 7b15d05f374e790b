import { byPolicy, resourcePolicy, schedule } from '../testing/backup-builders.ts';
import { claim, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { n03CrashConsistent } from './n03-crash-consistent.ts';

const database = (annotations: Record<string, string> = {}, image = 'postgres:16') =>
  pod({
    metadata: { ...ownedBy('StatefulSet', 'db'), annotations },
    spec: {
      containers: [{ name: 'db', image, volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }] }],
    },
  });
const hook = (command: string) => ({ 'pre.hook.backup.velero.io/command': command });
const byFiles = schedule({ spec: { template: { defaultVolumesToFsBackup: true } } });

describeRule(n03CrashConsistent, {
  finds: [
    {
      name: 'the policy sends its volume through the files -> found',
      objects: [
        database(),
        claim(),
        volume(),
        schedule({ spec: { template: byPolicy } }),
        resourcePolicy('{conditions: {storageClass: [fast]}, action: {type: fs-backup}}'),
      ],
      subjects: ['StatefulSet shop/db'],
      sentence: 'file by file',
    },
    {
      name: 'files are copied while it writes -> found',
      objects: [database(), claim(), byFiles],
      subjects: ['StatefulSet shop/db'],
      sentence: 'file by file',
      verdicts: { 'See whether': 'safe', 'Quiesce it': 'needs-expert', 'Start a backup mode': 'unsafe' },
    },
    {
      name: 'backup mode begins in a hook of its own -> found',
      objects: [database(hook(`["psql","-c","SELECT pg_backup_start('velero')"]`)), claim(), schedule()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'ends before the copy begins',
    },
    {
      name: 'snapshot without any hook -> found, less bad',
      objects: [database({}, 'mongo:7'), claim(), schedule()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'as after a power cut',
    },
  ],
  passesBy: [
    {
      name: 'the policy skips its volume -> silent: no copy is made',
      objects: [
        database(),
        claim(),
        volume(),
        schedule({ spec: { template: byPolicy } }),
        resourcePolicy('{conditions: {storageClass: [fast]}, action: {type: skip}}'),
      ],
    },
    {
      name: 'a policy that nobody has read -> silent',
      objects: [database(), claim(), volume(), schedule({ spec: { template: byPolicy } })],
    },
    {
      name: 'CHECKPOINT before the snapshot -> silent',
      objects: [database(hook('["psql","-c","CHECKPOINT"]')), claim(), schedule()],
    },
    {
      name: 'hook of the schedule -> silent',
      objects: [
        database(),
        claim(),
        schedule({
          spec: {
            template: {
              hooks: {
                resources: [{ name: 'pg', includedNamespaces: ['shop'], pre: [{ exec: { command: ['checkpoint'] } }] }],
              },
            },
          },
        }),
      ],
    },
    { name: 'no database -> silent', objects: [database({}, 'nginx'), claim(), byFiles] },
    {
      name: 'no schedule selects it -> silent',
      objects: [database(), claim(), schedule({ spec: { template: { includedNamespaces: ['other'] } } })],
    },
    {
      name: 'left out of backups on purpose -> silent',
      objects: [database(), claim({ metadata: { labels: { 'velero.io/exclude-from-backup': 'true' } } }), byFiles],
    },
  ],
});
