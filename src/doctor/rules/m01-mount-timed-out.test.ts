import { attachment, claim, event, minutesAgo, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m01MountTimedOut } from './m01-mount-timed-out.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const timedOut = event(waiting, {
  reason: 'FailedMount',
  message:
    'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[]: timed out waiting for the condition',
});

describeRule(m01MountTimedOut, {
  finds: [
    {
      name: 'mount has timed out -> found, blaming all on the way to the disk',
      objects: [waiting, timedOut, claim(), volume(), attachment({ spec: { nodeName: 'node-2' } })],
      subjects: ['Pod shop/db-0'],
      blames: ['Node node-1', 'CSINode node-1', 'Node node-2', 'VolumeAttachment csi-1', 'PersistentVolume pv-1'],
    },
    {
      name: 'volume needs a Secret and a server -> blames them too',
      objects: [
        waiting,
        timedOut,
        claim(),
        volume({
          spec: {
            csi: {
              driver: 'nfs.csi.k8s.io',
              volumeAttributes: { server: 'nfs-1' },
              nodePublishSecretRef: { namespace: 'storage', name: 'keys' },
            },
          },
        }),
      ],
      subjects: ['Pod shop/db-0'],
      blames: ['Secret storage/keys', 'NFSServer nfs-1'],
    },
    {
      name: 'claim is not known -> found all the same',
      objects: [waiting, timedOut],
      subjects: ['Pod shop/db-0'],
      blames: ['Node node-1'],
    },
  ],
  passesBy: [
    { name: 'pod runs by now -> silent', objects: [pod(), timedOut, claim(), volume()] },
    { name: 'pod waits without such an event -> silent', objects: [waiting, claim(), volume()] },
    {
      name: 'event of a pod of the same name before it -> silent',
      objects: [{ ...waiting, metadata: { ...waiting.metadata, uid: 'another' } }, timedOut],
    },
    {
      name: 'pod is being deleted -> silent',
      objects: [pod({ metadata: { deletionTimestamp: minutesAgo(1) }, status: { phase: 'Pending' } }), timedOut],
    },
  ],
});
