import { gibibyte, pool, volumeStats } from '../testing/backend.ts';
import { claim, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { c01Filling } from './c01-filling.ts';

const almost = volumeStats({ availableBytes: 0.2 * gibibyte });

describeRule(c01Filling, {
  finds: [
    {
      name: 'two percent free -> found; growing is safe',
      objects: [almost, claim(), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'is 98 % full',
      verdicts: { 'Grow the claim to 12Gi': 'safe', 'Delete write-ahead': 'unsafe' },
    },
    {
      name: 'nothing free, class does not allow growing -> found, for an expert',
      objects: [volumeStats({ availableBytes: 0 }), claim(), storageClass({ allowVolumeExpansion: false }), pool()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'is 100 % full',
      verdicts: { 'Grow the claim': 'needs-expert' },
      blames: ['StoragePool ssd'],
    },
    {
      name: 'a resize is under way -> growing again is not safe yet',
      objects: [almost, claim({ spec: { resources: { requests: { storage: '20Gi' } } } }), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Grow the claim to 24Gi': 'safe-after-proof' },
    },
  ],
  passesBy: [
    { name: 'half of it free -> silent', objects: [volumeStats(), claim(), storageClass()] },
    {
      name: 'only read -> silent: it is as full as it was made',
      objects: [almost, claim({ spec: { accessModes: ['ReadOnlyMany'] } }), storageClass()],
    },
    { name: 'raw block -> silent', objects: [volumeStats({ capacityBytes: 0, availableBytes: 0 }), claim(), volume()] },
    { name: 'exactly at the limit -> silent', objects: [volumeStats({ availableBytes: 0.3 * gibibyte }), claim()] },
  ],
});
