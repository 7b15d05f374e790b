import { backup } from '../testing/backup-builders.ts';
import { claim, minutesAgo, namespace, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { l04ProductionDelete } from './l04-production-delete.ts';

const production = namespace({ metadata: { labels: { environment: 'production' } } });
const kept = volume({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });
const old = backup({ status: { completionTimestamp: minutesAgo(3 * 24 * 60) } });

describeRule(l04ProductionDelete, {
  finds: [
    {
      name: 'namespace is marked as production, no backup -> found; keeping the volume is safe',
      objects: [production, claim(), volume()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'no backup holds it',
      verdicts: { 'Keep the volume': 'safe', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'claim is marked as production, newest backup is three days old -> found',
      objects: [namespace(), claim({ metadata: { labels: { env: 'prod' } } }), volume(), old],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'older than 24 h',
    },
    {
      name: 'namespace is called prod -> found',
      objects: [
        claim({ metadata: { namespace: 'shop-prod' } }),
        volume({ spec: { claimRef: { namespace: 'shop-prod' } } }),
      ],
      subjects: ['PersistentVolume pv-1'],
    },
  ],
  passesBy: [
    { name: 'not marked -> silent', objects: [namespace(), claim(), volume()] },
    { name: 'volume is kept -> silent', objects: [production, claim(), kept] },
    {
      name: 'a fresh backup holds it -> silent',
      objects: [production, claim(), volume(), backup({ status: { completionTimestamp: minutesAgo(60) } })],
    },
    {
      name: 'marked as test -> silent',
      objects: [namespace({ metadata: { labels: { env: 'test' } } }), claim(), volume()],
    },
  ],
});
