import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import { claim, minutesAgo, type Overrides, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { statefulSet } from '../testing/workload-builders.ts';
import { l05SetDeletesClaims } from './l05-set-deletes-claims.ts';

const set = (policy: object | undefined, overrides: Overrides<StatefulSet> = {}) =>
  statefulSet({
    ...overrides,
    spec: { persistentVolumeClaimRetentionPolicy: policy, ...overrides.spec },
  });
const data = claim({ metadata: { name: 'data-db-0' } });
const kept = volume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });

describeRule(l05SetDeletesClaims, {
  finds: [
    {
      name: 'deletes when scaled in -> found, keeping is safe',
      objects: [set({ whenScaled: 'Delete', whenDeleted: 'Retain' }), data, volume()],
      subjects: ['StatefulSet shop/db'],
      sentence: 'when it is scaled in.',
      verdicts: { 'Let the set keep': 'safe', 'Scale to 0': 'unsafe' },
    },
    {
      name: 'deletes when deleted, no claim yet -> found',
      objects: [set({ whenDeleted: 'Delete' })],
      subjects: ['StatefulSet shop/db'],
      sentence: 'when it is deleted.',
    },
    {
      name: 'is being scaled at the moment -> not safe yet',
      objects: [set({ whenScaled: 'Delete' }, { status: { replicas: 3 } }), data, volume()],
      subjects: ['StatefulSet shop/db'],
      verdicts: { 'Let the set keep': 'safe-after-proof' },
    },
    {
      name: 'is being deleted -> found, not safe',
      objects: [set({ whenDeleted: 'Delete' }, { metadata: { deletionTimestamp: minutesAgo(1) } }), data, volume()],
      subjects: ['StatefulSet shop/db'],
      verdicts: { 'Let the set keep': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'nothing said -> silent: Retain is the default', objects: [set(undefined), data, volume()] },
    { name: 'keeps both -> silent', objects: [set({ whenScaled: 'Retain', whenDeleted: 'Retain' }), data, volume()] },
    { name: 'volumes outlive their claims -> silent', objects: [set({ whenScaled: 'Delete' }), data, kept] },
    {
      name: 'set without claims -> silent',
      objects: [set({ whenScaled: 'Delete' }, { spec: { volumeClaimTemplates: undefined } })],
    },
  ],
});
