import { claim, event, minutesAgo, node, pod, silentNode, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m13StaleNfs } from './m13-stale-nfs.ts';

const nfs = volume({ spec: { csi: undefined, nfs: { server: 'nfs-1', path: '/data' } } });
const csiNfs = volume({
  spec: { csi: { driver: 'nfs.csi.k8s.io', volumeAttributes: { server: 'nfs-2', share: '/' } } },
});
const waiting = pod({ status: { phase: 'Pending' } });
const says = (message: string) => event(waiting, { reason: 'FailedMount', message });
const stopped = [
  { name: 'db', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode: 0 } } },
];
const running = [{ name: 'db', ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } }];
const hanging = (containerStatuses: typeof stopped | typeof running) =>
  pod({ metadata: { deletionTimestamp: minutesAgo(20) }, status: { containerStatuses } });

describeRule(m13StaleNfs, {
  finds: [
    {
      name: 'stale handle at the mount -> the server is found, not the pod',
      objects: [
        node(),
        waiting,
        says('MountVolume.SetUp failed for volume "pv-1" : stale NFS file handle'),
        claim(),
        nfs,
      ],
      subjects: ['NFSServer nfs-1'],
      sentence: 'pod db-0 hangs',
      verdicts: {
        'Ask the server': 'safe',
        'Make pod db-0 anew': 'safe-after-proof',
        'Force-delete': 'unsafe',
      },
    },
    {
      name: 'pod stopped long ago and its unmount hangs on a healthy node -> found',
      objects: [node(), hanging(stopped), claim(), nfs],
      subjects: ['NFSServer nfs-1'],
    },
    {
      name: 'volume of csi-driver-nfs, server does not answer -> found',
      objects: [node(), waiting, says('mount.nfs: Connection timed out'), claim(), csiNfs],
      subjects: ['NFSServer nfs-2'],
    },
    {
      name: 'container waits on a stale subPath -> found',
      objects: [
        node(),
        pod({
          status: {
            containerStatuses: [
              {
                name: 'db',
                ready: false,
                restartCount: 0,
                image: '',
                imageID: '',
                state: { waiting: { reason: 'RunContainerError', message: 'stat /x: stale NFS file handle' } },
              },
            ],
          },
        }),
        claim(),
        nfs,
      ],
      subjects: ['NFSServer nfs-1'],
    },
  ],
  passesBy: [
    { name: 'pods run on the server -> silent', objects: [node(), pod(), claim(), nfs] },
    {
      name: 'pod hangs on a node that is not heard -> silent: the node explains it',
      objects: [silentNode(30), hanging(stopped), claim(), nfs],
    },
    {
      name: 'container has not stopped yet -> silent',
      objects: [node(), hanging(running), claim(), nfs],
    },
    {
      name: 'pod hangs with a disk that is no share -> silent',
      objects: [node(), hanging(stopped), claim(), volume()],
    },
  ],
});
