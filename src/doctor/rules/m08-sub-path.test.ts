import { claim, node, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m08SubPath } from './m08-sub-path.ts';

const waits = (message: string, reason = 'CreateContainerConfigError') => [
  { name: 'db', ready: false, restartCount: 0, image: '', imageID: '', state: { waiting: { reason, message } } },
];
const text = 'failed to prepare subPath for volumeMount "data" of container "db"';
const mount = { name: 'data', mountPath: '/data', subPath: 'conf/main' };
const blocked = (readOnly: boolean, mine: object = {}) =>
  pod({
    metadata: mine,
    spec: { containers: [{ name: 'db', image: 'example/db:1', volumeMounts: [{ ...mount, readOnly }] }] },
    status: { phase: 'Pending', containerStatuses: waits(text) },
  });

describeRule(m08SubPath, {
  finds: [
    {
      name: 'path can not be prepared -> found; the pod comes back by its controller on a node that is heard',
      objects: [blocked(false, ownedBy('StatefulSet', 'db')), claim(), volume(), node()],
      subjects: ['Pod shop/db-0'],
      sentence: '"conf/main"',
      verdicts: { 'Make the pod again': 'safe', 'Mount the folder by hostPath': 'unsafe' },
      blames: ['PersistentVolume pv-1'],
    },
    {
      name: 'volume is read-only -> found, and says so',
      objects: [blocked(true), claim(), volume(), node()],
      subjects: ['Pod shop/db-0'],
      sentence: 'read-only',
      verdicts: { 'Make the pod again': 'safe-after-proof' },
    },
    {
      name: 'init container on NFS -> found, blaming the server',
      objects: [
        pod({
          spec: { initContainers: [{ name: 'db', image: 'example/init', volumeMounts: [mount] }] },
          status: { phase: 'Pending', initContainerStatuses: waits(text) },
        }),
        claim(),
        volume({ spec: { csi: undefined, nfs: { server: 'nfs-1', path: '/data' } } }),
      ],
      subjects: ['Pod shop/db-0'],
      blames: ['NFSServer nfs-1'],
    },
  ],
  passesBy: [
    {
      name: 'configuration is wrong otherwise -> silent',
      objects: [pod({ status: { phase: 'Pending', containerStatuses: waits('configmap "conf" not found') } })],
    },
    {
      name: 'the text under another reason -> silent: it has been tried again since',
      objects: [pod({ status: { containerStatuses: waits(text, 'CrashLoopBackOff') } })],
    },
    { name: 'subPath that works -> silent', objects: [pod({ spec: blocked(false).spec ?? {} }), claim(), volume()] },
  ],
});
