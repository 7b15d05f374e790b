import { csiDriver, event, minutesAgo, pendingClaim, storageClass } from '../testing/builders.ts';
import { controllerPod, nodePluginPod, sidecarLease } from '../testing/drivers.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p04ProvisionerSilent } from './p04-provisioner-silent.ts';

const asked = {
  'volume.kubernetes.io/storage-provisioner': 'disk.csi.example.com',
  'volume.kubernetes.io/selected-node': 'node-1',
};
const waiting = pendingClaim({ metadata: { annotations: asked } });
const second = pendingClaim({ metadata: { name: 'other', annotations: asked } });

describeRule(p04ProvisionerSilent, {
  finds: [
    {
      name: 'driver is not installed -> one finding for all its claims',
      objects: [waiting, second, storageClass()],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: '2 claims wait for it, and no such driver is installed',
      verdicts: { 'Edit the provisioner': 'unsafe' },
    },
    {
      name: 'lease has not been renewed for long -> found',
      objects: [waiting, storageClass(), csiDriver(), sidecarLease('', 12)],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: 'no longer renews its lease',
    },
    {
      name: 'no pod of the controller is ready -> found',
      objects: [
        waiting,
        storageClass(),
        csiDriver(),
        nodePluginPod(),
        controllerPod({ status: { phase: 'Pending', conditions: [] } }),
      ],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: 'no pod of its controller is ready',
    },
    {
      name: 'class of a plugin that was part of Kubernetes -> its CSI driver is missing',
      objects: [waiting, storageClass({ provisioner: 'kubernetes.io/aws-ebs' })],
      subjects: ['CSIDriver ebs.csi.aws.com'],
    },
  ],
  passesBy: [
    {
      name: 'lease is fresh -> silent: the provisioner may be slow',
      objects: [waiting, storageClass(), csiDriver(), sidecarLease('')],
    },
    {
      name: 'provisioner without a CSIDriver has spoken -> silent: it lives',
      objects: [
        waiting,
        storageClass(),
        event(waiting, { reason: 'ProvisioningFailed', message: 'no space left in the folder' }),
      ],
    },
    {
      name: 'claim is a moment old -> silent',
      objects: [pendingClaim({ metadata: { annotations: asked, creationTimestamp: minutesAgo(1) } }), storageClass()],
    },
    {
      name: 'no node is chosen yet -> silent: the provisioner was not asked',
      objects: [
        pendingClaim({ metadata: { annotations: { ...asked, 'volume.kubernetes.io/selected-node': undefined } } }),
        storageClass(),
      ],
    },
    {
      name: 'drivers are known only in part -> silent',
      objects: [waiting, storageClass()],
      snapshot: { coverage: { drivers: { state: 'partial', namespaces: [] } } },
    },
  ],
});
