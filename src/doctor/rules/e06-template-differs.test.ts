import { claim, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { statefulSet } from '../testing/workload-builders.ts';
import { e06TemplateDiffers } from './e06-template-differs.ts';

const sized = (ordinal: number, storage: string) =>
  claim({ metadata: { name: `data-db-${ordinal}` }, spec: { resources: { requests: { storage } } } });

describeRule(e06TemplateDiffers, {
  finds: [
    {
      name: 'claim smaller than the template, class expands -> growing it is safe',
      objects: [statefulSet(), sized(0, '10Gi'), sized(1, '5Gi'), storageClass()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'StatefulSet db has 1 claim',
      verdicts: { 'Grow data-db-1 to 10Gi': 'safe', 'Delete the set': 'unsafe' },
    },
    {
      name: 'claim smaller than the template, class does not expand -> growing needs a proof',
      objects: [statefulSet(), sized(0, '5Gi'), storageClass({ allowVolumeExpansion: false })],
      subjects: ['StatefulSet shop/db'],
      verdicts: { 'Grow data-db-0': 'safe-after-proof' },
    },
    {
      name: 'claims were grown -> the set can be made again, keeping its pods',
      objects: [statefulSet(), sized(0, '20Gi'), sized(1, '20Gi')],
      subjects: ['StatefulSet shop/db'],
      sentence: 'still says 10Gi',
      verdicts: { 'Save the set': 'safe', 'Make the set again': 'safe' },
    },
    {
      name: 'claims were grown, and go with the set -> not safe',
      objects: [
        statefulSet({ spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } }),
        sized(0, '20Gi'),
      ],
      subjects: ['StatefulSet shop/db'],
      verdicts: { 'Make the set again': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'same size in other words -> silent', objects: [statefulSet(), sized(0, '10240Mi'), sized(1, '10Gi')] },
    {
      name: 'claim of an ordinal beyond the replicas -> silent',
      objects: [statefulSet(), sized(0, '10Gi'), sized(7, '5Gi')],
    },
    {
      name: 'set without claims -> silent',
      objects: [statefulSet({ spec: { volumeClaimTemplates: [] } }), sized(0, '5Gi')],
    },
  ],
});
