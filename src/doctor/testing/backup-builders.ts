// What do snapshots and backups look like in a test of a rule?

import type { ConfigMap } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import type { DataUpload, PodVolumeBackup } from '../../apis/velero/data-types.ts';
import type { Backup, BackupStorageLocation, Restore, Schedule } from '../../apis/velero/types.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import { driverName, from, minutesAgo, object, takenAt } from './builders.ts';

const snapshotGroup = 'snapshot.storage.k8s.io/v1';

/** In minutes. */
export const minutes = { hour: 60, day: 24 * 60 } as const;
const { hour, day } = minutes;

/** RFC 3339, so many minutes after the snapshot. */
export function inMinutes(count: number): string {
  return rfc3339(epochMsOf(takenAt) + count * 60_000);
}

/** Of the claim `shop/data`, ready, cut just now. */
export const volumeSnapshot = from<VolumeSnapshot>(
  { apiVersion: snapshotGroup, kind: 'VolumeSnapshot', name: 'data-1', namespace: 'shop' },
  {
    spec: { source: { persistentVolumeClaimName: 'data' }, volumeSnapshotClassName: 'snap' },
    status: { boundVolumeSnapshotContentName: 'snapcontent-1', readyToUse: true, creationTime: minutesAgo(0) },
  },
);

/** Bound to `shop/data-1`. */
export const snapshotContent = from<VolumeSnapshotContent>(
  { apiVersion: snapshotGroup, kind: 'VolumeSnapshotContent', name: 'snapcontent-1' },
  {
    spec: {
      volumeSnapshotRef: { namespace: 'shop', name: 'data-1' },
      driver: driverName,
      deletionPolicy: 'Delete',
      volumeSnapshotClassName: 'snap',
      source: { volumeHandle: 'disk-1' },
    },
    status: { readyToUse: true, snapshotHandle: 'snap-1' },
  },
);

/** The default of the driver, and the one that Velero takes. */
export const snapshotClass = from<VolumeSnapshotClass>(
  { apiVersion: snapshotGroup, kind: 'VolumeSnapshotClass', name: 'snap' },
  {
    metadata: {
      labels: { 'velero.io/csi-volumesnapshot-class': 'true' },
      annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
    driver: driverName,
    deletionPolicy: 'Delete',
  },
);

/** Every night, everything, with moved data; enabled. */
export const schedule = from<Schedule>(
  { apiVersion: 'velero.io/v1', kind: 'Schedule', name: 'nightly', namespace: 'velero' },
  {
    spec: {
      schedule: '0 2 * * *',
      template: { includedNamespaces: ['*'], snapshotMoveData: true, storageLocation: 'default', ttl: '720h0m0s' },
    },
    status: { phase: 'Enabled', lastBackup: minutesAgo(10 * hour) },
  },
);

/** The resource policy `policy` of Velero with these volume policies, as YAML of the list. */
export function resourcePolicy(...volumePolicies: string[]): ConfigMap {
  return object<ConfigMap>(
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'policy', namespace: 'velero' },
    {
      data: { 'policy.yaml': `version: v1\nvolumePolicies:\n${volumePolicies.map((each) => `- ${each}\n`).join('')}` },
    },
  );
}

/** For a specification: takes it from there. */
export const byPolicy = { resourcePolicy: { kind: 'configmap', name: 'policy' } } as const;

/** Of the schedule `nightly`, ten hours ago, of everything, completed, kept for 30 days. */
export const backup = from<Backup>(
  { apiVersion: 'velero.io/v1', kind: 'Backup', name: 'nightly-1', namespace: 'velero' },
  {
    metadata: { labels: { 'velero.io/schedule-name': 'nightly', 'velero.io/storage-location': 'default' } },
    spec: { includedNamespaces: ['*'], snapshotMoveData: true, storageLocation: 'default', ttl: '720h0m0s' },
    status: {
      phase: 'Completed',
      startTimestamp: minutesAgo(10 * hour),
      completionTimestamp: minutesAgo(10 * hour - 10),
      expiration: inMinutes(30 * day),
      csiVolumeSnapshotsAttempted: 1,
      csiVolumeSnapshotsCompleted: 1,
    },
  },
);

/** Off-site, available, looked at a minute ago. */
export const backupLocation = from<BackupStorageLocation>(
  { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation', name: 'default', namespace: 'velero' },
  {
    spec: {
      provider: 'aws',
      default: true,
      config: { region: 'eu-1', s3Url: 'https://s3.eu-1.example.com' },
      objectStorage: { bucket: 'backups' },
    },
    status: { phase: 'Available', lastValidationTime: minutesAgo(1) },
  },
);

/** Of `nightly-1`, completed five days ago. */
export const restore = from<Restore>(
  { apiVersion: 'velero.io/v1', kind: 'Restore', name: 'test-1', namespace: 'velero' },
  {
    spec: { backupName: 'nightly-1', namespaceMapping: { shop: 'shop-test' } },
    status: { phase: 'Completed', startTimestamp: minutesAgo(5 * day), completionTimestamp: minutesAgo(5 * day) },
  },
);

/** Of the claim `shop/data` for `nightly-1`, completed. */
export const dataUpload = from<DataUpload>(
  { apiVersion: 'velero.io/v2alpha1', kind: 'DataUpload', name: 'nightly-1-x', namespace: 'velero' },
  {
    metadata: { labels: { 'velero.io/backup-name': 'nightly-1' } },
    spec: {
      snapshotType: 'CSI',
      sourceNamespace: 'shop',
      sourcePVC: 'data',
      backupStorageLocation: 'default',
      operationTimeout: '10m',
    },
    status: { phase: 'Completed' },
  },
);

/** Of the volume `data` of the pod `shop/db-0` for `nightly-1`, completed. */
export const podVolumeBackup = from<PodVolumeBackup>(
  { apiVersion: 'velero.io/v1', kind: 'PodVolumeBackup', name: 'nightly-1-y', namespace: 'velero' },
  {
    metadata: { labels: { 'velero.io/backup-name': 'nightly-1' } },
    spec: {
      node: 'node-1',
      pod: { namespace: 'shop', name: 'db-0' },
      volume: 'data',
      backupStorageLocation: 'default',
      repoIdentifier: '',
    },
    status: { phase: 'Completed' },
  },
);
