import { claim, event, node, object, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m12ReadOnly } from './m12-read-only.ts';

const condition = (status: string) => node({ status: { conditions: [ready, { type: 'ReadonlyFilesystem', status }] } });
const ready = { type: 'Ready', status: 'True' };
const ended = (message: string) => [
  {
    name: 'db',
    ready: false,
    restartCount: 3,
    image: '',
    imageID: '',
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, message } },
  },
];
const failing = (message: string, spec: object = {}) =>
  pod({ metadata: ownedBy('StatefulSet', 'db'), spec, status: { containerStatuses: ended(message) } });
const line = (text: string) =>
  object(
    { apiVersion: 'doctor.amarre.io/v1', kind: 'LogLine', name: '1' },
    { component: 'kernel', nodeName: 'node-1', text },
  );

describeRule(m12ReadOnly, {
  finds: [
    {
      name: 'node reports a read-only file system -> found with its pods',
      objects: [condition('True'), pod(), claim(), volume(), line('booted')],
      subjects: ['Node node-1'],
      sentence: '1 pod with storage',
      verdicts: { 'See which': 'safe', 'Make pod db-0 anew': 'safe-after-proof', 'mount -o': 'unsafe' },
    },
    {
      name: 'application gets EROFS -> found, blaming the volume and the node',
      objects: [node(), failing('FATAL: could not write: Read-only file system'), claim(), volume(), line('booted')],
      subjects: ['Pod shop/db-0'],
      blames: ['PersistentVolume pv-1', 'Node node-1'],
      verdicts: { 'Make pod db-0 anew': 'safe-after-proof' },
    },
    {
      name: 'kernel line in the log of the node -> found',
      objects: [node(), line('EXT4-fs (sdb): Remounting filesystem read-only')],
      subjects: ['Node node-1'],
    },
    {
      name: 'event of the node-problem-detector -> found',
      objects: [
        node(),
        event(node(), { reason: 'Ext4Error', message: 'EXT4-fs error (device sdb): ext4_find_entry' }),
        line('booted'),
      ],
      subjects: ['Node node-1'],
    },
  ],
  passesBy: [
    { name: 'condition is False -> silent', objects: [condition('False'), pod(), claim(), volume(), line('booted')] },
    {
      name: 'application failed otherwise -> silent',
      objects: [node(), failing('panic: no such table'), claim(), volume(), line('booted')],
    },
    {
      name: 'volume is mounted read-only on purpose -> silent',
      objects: [
        node(),
        failing('Read-only file system', {
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data', readOnly: true } }],
        }),
        claim(),
        volume(),
        line('booted'),
      ],
    },
  ],
});
