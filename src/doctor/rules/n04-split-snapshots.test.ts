import { byPolicy, resourcePolicy, schedule } from '../testing/backup-builders.ts';
import { claim, pod } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { n04SplitSnapshots } from './n04-split-snapshots.ts';

const database = (annotations: Record<string, string> = {}, readOnly = false) =>
  pod({
    metadata: { ...ownedBy('StatefulSet', 'db'), annotations },
    spec: {
      containers: [
        {
          name: 'db',
          image: 'postgres:16',
          volumeMounts: [
            { name: 'data', mountPath: '/var/lib/postgresql/data' },
            { name: 'wal', mountPath: '/wal', readOnly },
          ],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'wal', persistentVolumeClaim: { claimName: 'wal' } },
      ],
    },
  });
const claims = (...groups: (string | undefined)[]) =>
  ['data', 'wal'].map((name, index) =>
    claim({ metadata: { name, ...(groups[index] && { labels: { 'velero.io/volume-group': groups[index] } }) } }),
  );

describeRule(n04SplitSnapshots, {
  finds: [
    {
      name: 'the policy copies one by a snapshot and one through its files -> found, whatever hook there is',
      objects: [
        database({ 'pre.hook.backup.velero.io/command': '["sync"]' }),
        claim({ metadata: { name: 'data' } }),
        schedule({ spec: { template: byPolicy } }),
        resourcePolicy(
          '{conditions: {pvcLabels: {velero.io/volume-group: b}}, action: {type: skip}}',
          '{conditions: {pvcLabels: {part: wal}}, action: {type: fs-backup}}',
        ),
        claim({ metadata: { name: 'wal', labels: { part: 'wal' } } }),
      ],
      subjects: ['StatefulSet shop/db'],
    },
    {
      name: 'data and log without a group -> found',
      objects: [database(), ...claims(), schedule()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'the 2 volumes of PostgreSQL',
      verdicts: { 'Look whether': 'safe', 'Put the claims': 'needs-expert', 'Restore data and log': 'unsafe' },
    },
    {
      name: 'in two groups -> found',
      objects: [database(), ...claims('a', 'b'), schedule()],
      subjects: ['StatefulSet shop/db'],
    },
    {
      name: 'one by its files, one by a snapshot, hook or not -> found',
      objects: [
        database({
          'backup.velero.io/backup-volumes': 'wal',
          'pre.hook.backup.velero.io/command': '["psql","-c","CHECKPOINT"]',
        }),
        ...claims(),
        schedule(),
      ],
      subjects: ['StatefulSet shop/db'],
    },
  ],
  passesBy: [
    {
      name: 'the policy skips the log -> silent: one volume alone is copied',
      objects: [
        database(),
        claim({ metadata: { name: 'data' } }),
        claim({ metadata: { name: 'wal', labels: { part: 'wal' } } }),
        schedule({ spec: { template: byPolicy } }),
        resourcePolicy('{conditions: {pvcLabels: {part: wal}}, action: {type: skip}}'),
      ],
    },
    { name: 'one group -> silent', objects: [database(), ...claims('db', 'db'), schedule()] },
    {
      name: 'a hook holds it still -> silent',
      objects: [database({ 'pre.hook.backup.velero.io/command': '["fsfreeze"]' }), ...claims(), schedule()],
    },
    { name: 'the second one is only read -> silent', objects: [database({}, true), ...claims(), schedule()] },
    { name: 'nothing is copied -> silent', objects: [database(), ...claims()] },
  ],
});
