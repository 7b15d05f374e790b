import { expect, test } from 'vitest';
import { unheard } from '../testing.ts';
import type { PersistentVolume, PersistentVolumeStatus } from './generated/v1.ts';
import { persistentVolume } from './persistent-volume.ts';

const before = '2026-06-01T11:00:00Z';
const now = '2026-06-01T12:00:00Z';

const volume = (status: PersistentVolumeStatus | undefined): PersistentVolume => ({
  metadata: { name: 'pv-1', uid: 'u', resourceVersion: '1', creationTimestamp: before },
  ...(status && { status }),
});

test.each<{ name: string; old: PersistentVolumeStatus; next: PersistentVolumeStatus; want: string | undefined }>([
  {
    name: 'another phase -> the time of now',
    old: { phase: 'Bound', lastPhaseTransitionTime: before },
    next: { phase: 'Released' },
    want: now,
  },
  {
    name: 'another phase, the time as it was -> the time of now',
    old: { phase: 'Bound', lastPhaseTransitionTime: before },
    next: { phase: 'Released', lastPhaseTransitionTime: before },
    want: now,
  },
  {
    name: "another phase with a time of the writer's -> that",
    old: { phase: 'Bound', lastPhaseTransitionTime: before },
    next: { phase: 'Released', lastPhaseTransitionTime: '2026-06-01T11:59:59Z' },
    want: '2026-06-01T11:59:59Z',
  },
  {
    name: 'the same phase -> as it was',
    old: { phase: 'Bound', lastPhaseTransitionTime: before },
    next: { phase: 'Bound', lastPhaseTransitionTime: before, message: 'm' },
    want: before,
  },
  {
    name: 'a volume of an older server, the same phase -> none',
    old: { phase: 'Bound' },
    next: { phase: 'Bound' },
    want: undefined,
  },
])('time of the last phase: $name', ({ old, next, want }) => {
  const object = volume(next);
  persistentVolume.prepareForUpdate?.(object, volume(old), { subresource: 'status', now });
  expect(object.status?.lastPhaseTransitionTime).toBe(want);
});

test('a new volume -> Pending since its creation', () => {
  const object = volume(undefined);
  persistentVolume.prepareForCreate?.(object, unheard);
  expect(object.status).toEqual({ phase: 'Pending', lastPhaseTransitionTime: before });
});
