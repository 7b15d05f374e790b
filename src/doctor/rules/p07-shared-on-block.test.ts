import { claim, event, pendingClaim, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p07SharedOnBlock } from './p07-shared-on-block.ts';

const shared = pendingClaim({ spec: { accessModes: ['ReadWriteMany'] } });
const ebs = storageClass({ provisioner: 'ebs.csi.aws.com' });
const refusal = event(shared, {
  reason: 'ProvisioningFailed',
  message:
    'rpc error: code = InvalidArgument desc = MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce]',
});

describeRule(p07SharedOnBlock, {
  finds: [
    {
      name: 'driver is known to be of block storage -> found without any event',
      objects: [shared, ebs],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'one node at a time',
      verdicts: { 'Delete the claim': 'safe', 'Share a raw': 'unsafe' },
    },
    {
      name: 'driver is not known, and says so -> found',
      objects: [shared, storageClass(), refusal],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'read-only for many nodes, class of a plugin of old -> found',
      objects: [
        pendingClaim({ spec: { accessModes: ['ReadOnlyMany'] } }),
        storageClass({ provisioner: 'kubernetes.io/azure-disk' }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'a volume names the claim -> deleting it is not safe',
      objects: [shared, ebs, volume()],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Delete the claim': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'driver may share, and has said nothing -> silent', objects: [shared, storageClass()] },
    { name: 'for one node -> silent', objects: [pendingClaim(), ebs] },
    {
      name: 'raw block for many nodes -> silent: the application coordinates its writers',
      objects: [pendingClaim({ spec: { accessModes: ['ReadWriteMany'], volumeMode: 'Block' } }), ebs],
    },
    {
      name: 'bound all the same -> silent',
      objects: [claim({ spec: { accessModes: ['ReadWriteMany'] } }), volume(), ebs],
    },
  ],
});
