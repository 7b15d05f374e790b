import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { defaultSettings } from '../settings.ts';
import { backup, byPolicy, dataUpload, resourcePolicy, schedule } from '../testing/backup-builders.ts';
import { claim, minutesAgo, namespace, pod, snapshotOf, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { b01NoBackup } from './b01-no-backup.ts';

const old = claim({ metadata: { creationTimestamp: minutesAgo(60 * 24 * 9) } });
const ofOthers = schedule({ spec: { template: { includedNamespaces: ['other'] } } });
const withoutData = backup({ status: { csiVolumeSnapshotsAttempted: 0, csiVolumeSnapshotsCompleted: 0 } });

describeRule(b01NoBackup, {
  finds: [
    {
      name: 'namespace is in no schedule -> found once for all its claims',
      objects: [old, claim({ metadata: { name: 'logs', creationTimestamp: minutesAgo(60 * 24 * 9) } }), ofOthers],
      subjects: ['Namespace shop'],
      sentence: 'No schedule and no backup has 2 claims',
      verdicts: { 'Make a copy now': 'safe', 'Make one every day': 'safe', 'Delete the claim': 'unsafe' },
    },
    {
      name: 'selected, but the backup took no volume -> found, blaming schedule, store and backup',
      objects: [old, schedule(), withoutData],
      subjects: ['Namespace shop'],
      sentence: 'although a schedule selects it',
      blames: ['BackupStorageLocation velero/default', 'Backup velero/nightly-1', 'Schedule velero/nightly'],
    },
    {
      name: 'all snapshots of the backup are there, and its policy skips this volume -> found',
      objects: [
        old,
        volume(),
        schedule(),
        backup({ spec: byPolicy }),
        resourcePolicy('{conditions: {volumeTypes: [csi]}, action: {type: skip}}'),
      ],
      subjects: ['Namespace shop'],
    },
    {
      name: 'what the policy of the backup says is not known -> found: nothing proves that it is among them',
      objects: [old, volume(), schedule(), backup({ spec: byPolicy })],
      subjects: ['Namespace shop'],
    },
    {
      name: 'the backup was of Secrets alone -> found',
      objects: [old, schedule(), backup({ spec: { includedNamespaceScopedResources: ['secrets'] } })],
      subjects: ['Namespace shop'],
    },
    {
      name: 'upload of the claim failed while the rest went well -> found',
      objects: [old, schedule(), backup(), dataUpload({ status: { phase: 'Failed' } })],
      subjects: ['Namespace shop'],
    },
    {
      name: 'claim was made after the only backup -> found once a schedule should have come by',
      objects: [
        claim({ metadata: { creationTimestamp: minutesAgo(60 * 25) } }),
        schedule(),
        backup({
          status: { startTimestamp: minutesAgo(60 * 30), completionTimestamp: minutesAgo(60 * 29) },
        }),
      ],
      subjects: ['Namespace shop'],
    },
  ],
  passesBy: [
    {
      name: 'the policy of the backup takes snapshots of such volumes -> silent',
      objects: [
        old,
        volume(),
        schedule(),
        backup({ spec: byPolicy }),
        resourcePolicy('{conditions: {capacity: "100Gi,"}, action: {type: skip}}'),
      ],
    },
    { name: 'a backup holds the data -> silent', objects: [old, schedule(), backup(), dataUpload()] },
    { name: 'made today -> silent', objects: [claim({ metadata: { creationTimestamp: minutesAgo(60) } }), schedule()] },
    {
      name: 'left out on purpose -> silent',
      objects: [claim({ metadata: { labels: { 'velero.io/exclude-from-backup': 'true' } } }), ofOthers],
    },
    {
      name: 'namespace is left out on purpose -> silent',
      objects: [old, namespace({ metadata: { labels: { 'velero.io/exclude-from-backup': 'true' } } }), ofOthers],
    },
    {
      name: 'claim lives only as long as its pod -> silent',
      objects: [claim({ metadata: { ...ownedBy('Pod', 'db-0') } }), pod(), ofOthers],
    },
  ],
});

test('without any backup or schedule the rule is not run, and says why', () => {
  const { findings, notRun } = examine(snapshotOf([old]), [b01NoBackup], defaultSettings);
  expect(findings).toEqual([]);
  expect(notRun).toEqual([{ rule: 'B01', reason: expect.stringContaining('velero.io') }]);
});
