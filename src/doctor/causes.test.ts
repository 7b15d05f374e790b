import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import { examine } from './examine.ts';
import { refText } from './finding.ts';
import { flatten, fold } from './fold.ts';
import { allRules } from './rules/all.ts';
import { defaultSettings } from './settings.ts';
import { backup, backupLocation, dataUpload, inMinutes, minutes, schedule } from './testing/backup-builders.ts';
import {
  attachment,
  claim,
  csiDriver,
  csiNode,
  event,
  minutesAgo,
  node,
  pod,
  snapshotOf,
  storageClass,
  volume,
} from './testing/builders.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const timedOut = event(waiting, {
  reason: 'FailedMount',
  message: 'Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition',
});
const around = [storageClass(), csiDriver(), node()];
const longAgo = minutesAgo(29 * minutes.day);

test.each<{ name: string; objects: KubeObject[]; root: string; below: string[] }>([
  {
    name: 'driver is not registered -> the waiting pod is its symptom',
    objects: [...around, waiting, timedOut, claim(), volume(), attachment(), csiNode({ spec: { drivers: [] } })],
    root: 'M02 CSINode node-1',
    below: ['M01'],
  },
  {
    name: 'NFS server is gone -> the waiting pod is its symptom',
    objects: [
      ...around,
      waiting,
      timedOut,
      { ...event(waiting, { reason: 'FailedMount', message: 'mount.nfs: Connection timed out' }) },
      claim(),
      volume({ spec: { csi: undefined, nfs: { server: 'nfs-1', path: '/data' } } }),
    ],
    root: 'M13 NFSServer nfs-1',
    below: ['M01'],
  },
  {
    name: 'Secret is gone -> the waiting pod is its symptom',
    objects: [
      ...around,
      csiNode(),
      waiting,
      timedOut,
      claim(),
      volume({ spec: { csi: { nodeStageSecretRef: { namespace: 'storage', name: 'keys' } } } }),
      attachment(),
    ],
    root: 'M06 Secret storage/keys',
    below: ['M01'],
  },
  {
    name: 'credentials of the store expired -> failed backups, old copies and their expiry are its symptoms',
    objects: [
      backupLocation({ status: { phase: 'Unavailable', message: 'InvalidAccessKeyId' } }),
      schedule({ metadata: { creationTimestamp: minutesAgo(60 * minutes.day) } }),
      backup({
        metadata: { name: 'nightly-0' },
        status: { startTimestamp: longAgo, completionTimestamp: longAgo, expiration: inMinutes(minutes.day) },
      }),
      backup({ status: { phase: 'Failed', completionTimestamp: minutesAgo(600) } }),
      dataUpload({ status: { phase: 'Failed' } }),
    ],
    root: 'B04 BackupStorageLocation velero/default',
    below: ['B02', 'B03', 'B08'],
  },
])('one cause, one root: $name', ({ objects, root, below }) => {
  const { findings } = examine(snapshotOf(objects), allRules, defaultSettings);
  const roots = fold(findings).filter(({ finding }) => `${finding.rule} ${refText(finding.subject)}` === root);
  expect(roots).toHaveLength(1);
  const symptoms = flatten(roots[0]?.symptoms ?? []).map(({ rule }) => rule);
  expect(symptoms).toEqual(expect.arrayContaining(below));
  expect(fold(findings).filter(({ finding }) => below.includes(finding.rule))).toEqual([]);
});
