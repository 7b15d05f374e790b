import { gibibyte, pool } from '../testing/backend.ts';
import { volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { c03PoolFull } from './c03-pool-full.ts';

describeRule(c03PoolFull, {
  finds: [
    {
      name: 'data space almost full -> found',
      objects: [pool({ usedBytes: 95 * gibibyte, provisionedBytes: 300 * gibibyte }), volume()],
      subjects: ['StoragePool ssd'],
      sentence: 'The pool ssd is 95 % full; once it is, all 1 volumes',
      verdicts: { 'Add capacity': 'safe', 'Remove snapshots': 'needs-expert', 'Delete many': 'unsafe' },
    },
    {
      name: 'metadata almost full, half of the data space free -> found',
      objects: [pool({ metadataUsedShare: 0.97 }), volume()],
      subjects: ['StoragePool ssd'],
      sentence: 'The metadata of the pool ssd is 97 % full',
    },
  ],
  passesBy: [
    { name: 'half full -> silent', objects: [pool({ metadataUsedShare: 0.2 }), volume()] },
    {
      name: 'promised three times over, and little of it used -> silent',
      objects: [pool({ provisionedBytes: 300 * gibibyte }), volume()],
    },
    { name: 'pool that tells no size -> silent', objects: [pool({ physicalBytes: 0, usedBytes: 0 }), volume()] },
  ],
});
