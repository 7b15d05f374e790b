import { backendDisk } from '../testing/backend.ts';
import { snapshotContent } from '../testing/backup-builders.ts';
import { minutesAgo, pendingClaim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { l07WithoutPartner } from './l07-without-partner.ts';

const day = 24 * 60;
const left = (days: number, policy = 'Retain') =>
  volume({
    spec: { persistentVolumeReclaimPolicy: policy, claimRef: { uid: 'earlier' } },
    status: { phase: 'Released', lastPhaseTransitionTime: minutesAgo(days * day) },
  });

describeRule(l07WithoutPartner, {
  finds: [
    {
      name: 'volume kept for 60 days -> found; handing it over has to be asked for',
      objects: [left(60)],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'gone for weeks',
      verdicts: { 'Hand it over': 'safe-after-proof', 'Delete disks': 'unsafe' },
    },
    {
      name: 'disk that no volume names -> found',
      objects: [volume(), backendDisk(), backendDisk({ volumeHandle: 'disk-7' })],
      subjects: ['BackendDisk disk-7'],
      sentence: 'no volume of this cluster names',
      verdicts: { 'Take a snapshot': 'needs-expert' },
    },
  ],
  passesBy: [
    { name: 'kept for a week -> silent', objects: [left(7)] },
    { name: 'on its way out -> silent: that is another rule', objects: [left(60, 'Delete')] },
    { name: 'a claim waits for it -> silent: that is another rule', objects: [left(60), pendingClaim()] },
    { name: 'every disk has a volume -> silent', objects: [volume(), backendDisk()] },
    {
      name: 'disk is the source of a snapshot -> silent',
      objects: [
        volume({ spec: { csi: { volumeHandle: 'disk-2' } } }),
        snapshotContent(),
        backendDisk(),
        backendDisk({ volumeHandle: 'disk-2' }),
      ],
    },
    {
      name: 'disks of a driver that the cluster does not use -> silent',
      objects: [volume(), backendDisk(), backendDisk({ driver: 'other', volumeHandle: 'disk-7' })],
    },
    {
      name: 'volumes were not all read -> silent',
      objects: [volume(), backendDisk({ volumeHandle: 'disk-7' })],
      snapshot: { coverage: { volumes: { state: 'partial', namespaces: [] } } },
    },
  ],
});
