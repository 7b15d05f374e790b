// Who owns the replicas, seen from a Scale and back?

import { expect, test } from 'vitest';
import type { ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { parentOwners, type ReplicaPaths, scaleOwners } from './scale-owners.ts';

const replicas = { 'f:spec': { 'f:replicas': {} } };
const entry = (manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: '2020-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const paths: ReplicaPaths = (apiVersion) => (apiVersion === 'apps/v1' ? ['spec', 'replicas'] : undefined);
const parent = { apiVersion: 'apps/v1', paths };

test('only who owns the replicas of the object owns something of its Scale', () => {
  const entries = [
    entry('a', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }),
    entry('b', { 'f:spec': { 'f:paused': {} } }),
    entry('c', replicas, { apiVersion: 'old/v1' }),
  ];
  expect(scaleOwners(entries, paths)).toEqual([entry('a', replicas, { apiVersion: 'autoscaling/v1' })]);
});

test('who scales takes the replicas from all others, without a time', () => {
  const before = [entry('a', { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } }), entry('b', replicas)];
  const scale = [entry('s', replicas, { apiVersion: 'autoscaling/v1', subresource: 'scale' })];
  const { time: _time, ...timeless } = entry('s', replicas, { subresource: 'scale' });
  expect(parentOwners(before, scale, parent)).toEqual([timeless, entry('a', { 'f:spec': { 'f:paused': {} } })]);
});

test('an applier that keeps the replicas keeps its whole entry', () => {
  const applier = entry('a', { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } }, { operation: 'Apply' });
  const scale = scaleOwners([applier], paths);
  expect(parentOwners([applier], scale, parent)).toEqual([applier]);
});

test('owners in versions that nobody knows go', () => {
  expect(parentOwners([entry('c', replicas, { apiVersion: 'old/v1' })], undefined, parent)).toBeUndefined();
});
