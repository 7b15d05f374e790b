// What does a backup say of itself once it has started?

import { expect, test } from 'vitest';
import type { Backup, BackupSpec, BackupStorageLocation } from '../../apis/velero/types.ts';
import { epochMsOf } from '../../base/clock.ts';
import { startOf } from './start.ts';

const metadata = { name: 'b', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const location: BackupStorageLocation = { metadata: { ...metadata, name: 'nas' } };
const nowMs = epochMsOf('2026-01-01T00:00:00Z');

const defaults = { ttl: '720h0m0s', csiSnapshotTimeout: '10m0s', itemOperationTimeout: '4h0m0s' };
const moved = { snapshotMoveData: true, datamover: 'amarre.io/restic' };

test.each<{ name: string; spec?: BackupSpec; want: Record<string, unknown>; expiration: string }>([
  { name: 'nothing said', want: { ...defaults, ...moved }, expiration: '2026-01-31T00:00:00Z' },
  {
    name: 'the zeros of the velero command',
    spec: { ttl: '0s', csiSnapshotTimeout: '0s', itemOperationTimeout: '0s' },
    want: { ...defaults, ...moved },
    expiration: '2026-01-31T00:00:00Z',
  },
  {
    name: 'durations of its own',
    spec: { ttl: '24h', csiSnapshotTimeout: '1m', itemOperationTimeout: '2h' },
    want: { ttl: '24h', csiSnapshotTimeout: '1m', itemOperationTimeout: '2h', ...moved },
    expiration: '2026-01-02T00:00:00Z',
  },
  {
    name: 'no volumes -> nothing is moved',
    spec: { snapshotVolumes: false },
    want: defaults,
    expiration: '2026-01-31T00:00:00Z',
  },
])('startOf: $name', ({ spec, want, expiration }) => {
  const backup: Backup = { metadata, ...(spec && { spec }) };
  const changes = startOf(backup, location, nowMs);
  expect(changes.spec).toEqual({ storageLocation: 'nas', ...want });
  expect(changes.status).toMatchObject({ phase: 'InProgress', startTimestamp: '2026-01-01T00:00:00Z', expiration });
});
