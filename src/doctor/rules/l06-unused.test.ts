import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { defaultSettings } from '../settings.ts';
import { claim, minutesAgo, pod, snapshotOf, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { statefulSet } from '../testing/workload-builders.ts';
import { l06Unused } from './l06-unused.ts';

const day = 24 * 60;
const unused = (days: number, name = 'data', status = 'True') =>
  claim({
    metadata: { name },
    status: { conditions: [{ type: 'Unused', status, lastTransitionTime: minutesAgo(days * day) }] },
  });

describeRule(l06Unused, {
  finds: [
    {
      name: 'unused for 40 days -> found; deleting has to be asked for',
      objects: [unused(40), volume()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'for 40 days',
      verdicts: { 'Delete the claim': 'safe-after-proof', 'Delete it on one look': 'unsafe', 'Take a': 'safe' },
    },
    {
      name: 'ordinal of a set that is gone -> found',
      objects: [unused(90, 'data-old-2'), statefulSet()],
      subjects: ['PersistentVolumeClaim shop/data-old-2'],
    },
  ],
  passesBy: [
    { name: 'unused for a week -> silent', objects: [unused(7)] },
    { name: 'used again -> silent', objects: [unused(90, 'data', 'False')] },
    { name: 'a pod names it -> silent', objects: [unused(90), pod()] },
    { name: 'ordinal of a set that is scaled in -> silent', objects: [unused(90, 'data-db-7'), statefulSet()] },
  ],
});

test('L06 is not run where claims do not tell whether they are used', () => {
  const { notRun } = examine(snapshotOf([claim()]), [l06Unused], defaultSettings);
  expect(notRun).toEqual([{ rule: 'L06', reason: expect.stringContaining('condition Unused') }]);
});
