import { expect, test } from 'vitest';
import { examine } from '../examine.ts';
import { defaultSettings } from '../settings.ts';
import { backendDisk } from '../testing/backend.ts';
import { claim, csiNode, merged, pod, snapshotOf, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { a08VolumeUnhealthy } from './a08-volume-unhealthy.ts';

const reporting = (status: string) =>
  merged(claim(), {
    status: {
      healthStatus: {
        conditions: [{ status, reason: 'DiskFailure', message: 'media error' }],
        lastProbeTime: '2026-06-01T12:00:00Z',
      },
    },
  });

describeRule(a08VolumeUnhealthy, {
  finds: [
    {
      name: 'backend reports loss of data -> found',
      objects: [reporting('DataLoss'), volume(), pod()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'as DataLoss (DiskFailure)',
      verdicts: { 'Stop the writers': 'needs-expert', 'Put a blank': 'unsafe', Restore: 'safe-after-proof' },
    },
    {
      name: 'status that nobody knows yet -> found: it does not count as healthy',
      objects: [reporting('Simmering'), volume()],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'kubelet reports a volume of a pod -> found, blaming its claim',
      objects: [
        claim(),
        volume(),
        merged(pod(), {
          status: { volumeHealth: [{ name: 'data', conditions: [{ status: 'Inaccessible', reason: 'MountLost' }] }] },
        }),
      ],
      subjects: ['Pod shop/db-0'],
      blames: ['PersistentVolumeClaim shop/data'],
    },
    {
      name: 'storage of a node is degraded -> found',
      objects: [
        merged(csiNode(), {
          status: {
            storageHealth: [
              {
                name: 'disk.csi.example.com',
                status: 'StorageDegraded',
                reason: 'MultipathLoss',
                accessModes: ['ReadWriteMany'],
              },
            ],
          },
        }),
      ],
      subjects: ['CSINode node-1'],
      sentence: 'Storage on node node-1 is reported as StorageDegraded.',
    },
    {
      name: 'disk is not among those of its driver -> found',
      objects: [claim(), volume(), backendDisk({ volumeHandle: 'disk-2' })],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'has no disk disk-1',
    },
  ],
  passesBy: [
    {
      name: 'node and pod were asked, and have nothing to complain of -> silent',
      objects: [
        claim(),
        volume(),
        merged(pod(), { status: { volumeHealth: [{ name: 'data', lastProbeTime: '2026-06-01T12:00:00Z' }] } }),
        merged(csiNode(), { status: { storageHealth: [] } }),
      ],
    },
    { name: 'reported as healthy -> silent', objects: [reporting('Healthy'), volume()] },
    { name: 'disk is there -> silent', objects: [claim(), volume(), backendDisk()] },
    {
      name: 'list has disks of another driver only -> silent',
      objects: [claim(), volume(), backendDisk({ driver: 'other' })],
    },
    {
      name: 'nothing to complain of -> silent',
      objects: [
        merged(claim(), { status: { healthStatus: { conditions: [], lastProbeTime: '2026-06-01T12:00:00Z' } } }),
        volume(),
      ],
    },
  ],
});

test('A08 is not run where nothing tells the health of volumes', () => {
  const { notRun } = examine(snapshotOf([claim(), volume(), pod()]), [a08VolumeUnhealthy], defaultSettings);
  expect(notRun).toEqual([{ rule: 'A08', reason: expect.stringContaining('no object carries volume health') }]);
});
