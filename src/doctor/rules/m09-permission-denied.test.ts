import { claim, csiDriver, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m09PermissionDenied } from './m09-permission-denied.ts';

const ended = (exitCode: number, message = '') => [
  {
    name: 'db',
    ready: false,
    restartCount: 7,
    image: '',
    imageID: '',
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode, message } },
  },
];
const failing = (securityContext: object, exitCode = 1, message = '') =>
  pod({ spec: { securityContext }, status: { containerStatuses: ended(exitCode, message) } });
const shared = volume({ spec: { accessModes: ['ReadWriteMany'] } });

describeRule(m09PermissionDenied, {
  finds: [
    {
      name: 'shared volume under the default policy -> group was skipped',
      objects: [failing({ fsGroup: 1000 }), claim(), shared, csiDriver()],
      subjects: ['Pod shop/db-0'],
      sentence: 'leaves shared volumes alone',
      verdicts: { 'Look at what': 'safe', 'Set the fsGroupPolicy': 'needs-expert', 'chmod 777': 'unsafe' },
    },
    {
      name: 'no file system type under the default policy -> group was skipped',
      objects: [failing({ fsGroup: 1000 }), claim(), volume({ spec: { csi: { fsType: undefined } } }), csiDriver()],
      subjects: ['Pod shop/db-0'],
      sentence: 'without a file system type',
    },
    {
      name: 'policy None -> group was skipped',
      objects: [failing({ fsGroup: 1000 }), claim(), volume(), csiDriver({ spec: { fsGroupPolicy: 'None' } })],
      subjects: ['Pod shop/db-0'],
      sentence: 'is None',
    },
    {
      name: 'no fsGroup, and the application says so -> found',
      objects: [failing({ runAsUser: 999 }, 1, 'open /data/x: Permission denied'), claim(), volume(), csiDriver()],
      subjects: ['Pod shop/db-0'],
      sentence: 'names no fsGroup',
    },
  ],
  passesBy: [
    {
      name: 'policy File -> silent: the group was set',
      objects: [failing({ fsGroup: 1000 }), claim(), shared, csiDriver({ spec: { fsGroupPolicy: 'File' } })],
    },
    {
      name: 'volume of one node with a type -> silent: the group was set',
      objects: [failing({ fsGroup: 1000 }), claim(), volume(), csiDriver()],
    },
    {
      name: 'application runs -> silent, whatever the group',
      objects: [pod({ spec: { securityContext: { fsGroup: 1000 } } }), claim(), shared, csiDriver()],
    },
    {
      name: 'root fails -> silent: no permission holds it back',
      objects: [failing({ fsGroup: 1000, runAsUser: 0 }), claim(), shared, csiDriver()],
    },
    {
      name: 'no fsGroup, failed without such a text -> silent',
      objects: [failing({}, 137, 'out of memory'), claim(), volume(), csiDriver()],
    },
  ],
});
