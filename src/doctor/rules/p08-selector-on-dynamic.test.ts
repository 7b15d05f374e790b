import { claim, event, pendingClaim, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p08SelectorOnDynamic } from './p08-selector-on-dynamic.ts';

const selecting = pendingClaim({ spec: { selector: { matchLabels: { disk: 'gold' } } } });
const free = volume({
  metadata: { labels: { disk: 'gold' } },
  spec: { claimRef: undefined },
  status: { phase: 'Available' },
});

describeRule(p08SelectorOnDynamic, {
  finds: [
    {
      name: 'labels selected on a class that makes volumes -> found',
      objects: [
        selecting,
        storageClass(),
        event(selecting, { reason: 'ProvisioningFailed', message: 'claim Selector is not supported' }),
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'no free volume has them',
      verdicts: { 'Delete the claim': 'safe' },
    },
    {
      name: 'expressions, and the only volume has other labels -> found',
      objects: [
        pendingClaim({
          spec: { selector: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['silver'] }] } },
        }),
        storageClass(),
        free,
      ],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'the volume with these labels is taken -> found',
      objects: [selecting, storageClass(), volume({ metadata: { labels: { disk: 'gold' } } })],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
  ],
  passesBy: [
    { name: 'a free volume has the labels -> silent: it is bound soon', objects: [selecting, storageClass(), free] },
    {
      name: 'class for volumes made by hand -> silent',
      objects: [selecting, storageClass({ provisioner: 'kubernetes.io/no-provisioner' })],
    },
    { name: 'no selector -> silent', objects: [pendingClaim(), storageClass()] },
    {
      name: 'bound -> silent',
      objects: [claim({ spec: { selector: { matchLabels: { disk: 'gold' } } } }), volume(), storageClass()],
    },
  ],
});
