import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { defaultSettings } from '../settings.ts';
import { csiDriver, node, pod, snapshotOf, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { x01RemovedPlugin } from './x01-removed-plugin.ts';

const of = (source: object) => volume({ spec: { csi: undefined, ...source } });
const at = (serverVersion: string) => ({ serverVersion });
const glusterfs = of({ glusterfs: { endpoints: 'gluster', path: 'data' } });
const ebs = of({ awsElasticBlockStore: { volumeID: 'vol-1' } });

describeRule(x01RemovedPlugin, {
  finds: [
    {
      name: 'plugin is gone and has no successor -> found',
      objects: [glusterfs],
      snapshot: at('1.31'),
      subjects: ['VolumePlugin glusterfs'],
      sentence: "can't be mounted",
      verdicts: { 'Copy the data': 'needs-expert', 'Delete the volumes': 'unsafe' },
    },
    {
      name: 'plugin is gone and its successor is not installed -> found',
      objects: [ebs, csiDriver()],
      snapshot: at('v1.30.2'),
      subjects: ['VolumePlugin awsElasticBlockStore'],
      sentence: 'ebs.csi.aws.com',
      verdicts: { 'Install the driver': 'safe' },
    },
    {
      name: 'the next upgrade takes it away -> found before',
      objects: [of({ rbd: { image: 'a', monitors: [] } })],
      snapshot: at('1.30'),
      subjects: ['VolumePlugin rbd'],
      sentence: 'The upgrade to Kubernetes 1.31',
      verdicts: { 'Upgrade first': 'unsafe' },
    },
    {
      name: 'plugin is still there, and its driver is asked already and not installed -> found',
      objects: [of({ portworxVolume: { volumeID: 'v' } })],
      snapshot: at('1.32'),
      subjects: ['VolumePlugin portworxVolume'],
      sentence:
        'has no plugin for portworxVolume any more, and the driver pxd.portworx.com that takes over is not installed',
    },
    {
      name: 'a dump shows no version of the server -> the newest kubelet counts',
      objects: [
        glusterfs,
        ...['v1.24.1', 'v1.26.3'].map((kubeletVersion, index) =>
          node({ metadata: { name: `node-${index}` }, status: { nodeInfo: { kubeletVersion } } }),
        ),
      ],
      subjects: ['VolumePlugin glusterfs'],
      sentence: 'Kubernetes 1.26 has no plugin',
    },
    {
      name: 'volume inside of a pod -> found',
      objects: [pod({ spec: { volumes: [{ name: 'src', gitRepo: { repository: 'https://example.com/x' } }] } })],
      snapshot: at('1.33'),
      subjects: ['VolumePlugin gitRepo'],
      sentence: "can't be mounted",
    },
  ],
  passesBy: [
    { name: 'CSI volumes -> silent', objects: [volume(), pod()], snapshot: at('1.36') },
    {
      name: 'successor is installed -> silent',
      objects: [ebs, csiDriver({ metadata: { name: 'ebs.csi.aws.com' } })],
      snapshot: at('1.36'),
    },
    { name: 'plugins that stay -> silent', objects: [of({ nfs: { server: 'n', path: '/' } })], snapshot: at('1.37') },
  ],
});

test('without a version the rule is not run, and says so', () => {
  const { notRun } = examine(snapshotOf([glusterfs]), [x01RemovedPlugin], defaultSettings);
  expect(notRun).toEqual([{ rule: 'X01', reason: 'neither the API server nor a node tells its version' }]);
});
