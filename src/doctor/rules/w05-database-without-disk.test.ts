import { pod } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { w05DatabaseWithoutDisk } from './w05-database-without-disk.ts';

const database = (image: string, mountPath: string | undefined, { more = {}, ...volume }: Record<string, object>) =>
  pod({
    metadata: { ...ownedBy('StatefulSet', 'db'), ...more },
    spec: {
      containers: [{ name: 'db', image, volumeMounts: mountPath ? [{ name: 'data', mountPath }] : [] }],
      volumes: [{ name: 'data', ...volume }],
    },
  });
const claimed = { persistentVolumeClaim: { claimName: 'data' } };

describeRule(w05DatabaseWithoutDisk, {
  finds: [
    {
      name: 'PostgreSQL on an emptyDir -> found; dump first',
      objects: [database('postgres:16', '/var/lib/postgresql/data', { emptyDir: {} })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'PostgreSQL in StatefulSet db keeps its data in an emptyDir',
      verdicts: { 'Dump the database': 'safe', 'Give it a claim': 'safe-after-proof', 'Restart the pod': 'unsafe' },
    },
    {
      name: 'MySQL in a folder of its node -> found',
      objects: [database('mariadb:11', '/var/lib/mysql', { hostPath: { path: '/srv/mysql' } })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'goes with the node',
    },
    {
      name: 'MongoDB without any volume -> found',
      objects: [database('mongo:7', undefined, { configMap: { name: 'conf' } })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'its own container',
    },
    {
      name: 'three replicas of one set -> one finding',
      objects: ['db-0', 'db-1'].map((name) => database('mongo', '/data/db', { emptyDir: {}, more: { name } })),
      subjects: ['StatefulSet shop/db'],
    },
  ],
  passesBy: [
    { name: 'on a claim -> silent', objects: [database('postgres:16', '/var/lib/postgresql/data', claimed)] },
    {
      name: 'data on a claim, sockets on an emptyDir -> silent',
      objects: [
        pod({
          spec: {
            containers: [
              {
                name: 'db',
                image: 'postgres',
                volumeMounts: [
                  { name: 'run', mountPath: '/var/run/postgresql' },
                  { name: 'data', mountPath: '/var/lib/postgresql/data' },
                ],
              },
            ],
            volumes: [
              { name: 'run', emptyDir: {} },
              { name: 'data', ...claimed },
            ],
          },
        }),
      ],
    },
    { name: 'data folder of its own choosing, on a claim -> silent', objects: [database('postgres', '/pg', claimed)] },
    {
      name: 'exporter beside a database -> silent',
      objects: [database('prometheuscommunity/postgres-exporter', '/tmp', { emptyDir: {} })],
    },
    {
      name: 'database of a test Job -> silent',
      objects: [database('postgres', '/var/lib/postgresql/data', { emptyDir: {}, more: ownedBy('Job', 'test') })],
    },
  ],
});
