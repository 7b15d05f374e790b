import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StatefulSet } from '../apis/apps/generated/v1.ts';
import type { Pod, Service } from '../apis/core/generated/v1.ts';
import { median, medianBoundMs } from './claim-benchmark.ts';
import { notesOf } from './cli-cluster.ts';
import type { ClusterProcess } from './cluster.ts';
import { candidates, expendable } from './kills.ts';
import { parseManifests, resourceOf } from './manifests.ts';
import { chooseEndpoint } from './service-endpoint.ts';

const manifests = parseManifests(readFileSync(join(import.meta.dirname, '../../examples/postgres.yaml'), 'utf8'));

test('examples/postgres.yaml: every document has a known kind; none names a namespace', () => {
  expect(manifests.map((object) => resourceOf(object).kind)).toEqual([
    'StorageClass',
    'VolumeSnapshotClass',
    'Secret',
    'Service',
    'ConfigMap',
    'StatefulSet',
  ]);
  expect(manifests.every(({ metadata }) => metadata.namespace === undefined)).toBe(true);
});

test('examples/postgres.yaml: the hooks are commands of their own, and files are never left unsynced', () => {
  const stateful = manifests.find(({ kind }) => kind === 'StatefulSet') as unknown as StatefulSet;
  const annotations = stateful.spec?.template.metadata?.annotations ?? {};
  for (const phase of ['pre', 'post']) {
    expect(JSON.parse(annotations[`${phase}.hook.backup.velero.io/command`] ?? '')).toHaveLength(2);
    expect(annotations[`${phase}.hook.backup.velero.io/on-error`]).toBe('Fail');
  }
  const text = JSON.stringify(manifests);
  expect(text).not.toMatch(/initdb[^"]*(-N|--no-sync)/);
  expect(text).not.toMatch(/fsync=off/);
});

test('resourceOf: an unknown kind -> a clear refusal', () => {
  expect(() => resourceOf({ apiVersion: 'v1', kind: 'Gadget', metadata: {} })).toThrow('Cannot apply a v1/Gadget');
});

function service(publishNotReadyAddresses: boolean): Service {
  return { metadata: {}, spec: { ports: [{ port: 5432 }], publishNotReadyAddresses } } as unknown as Service;
}

function pod(uid: string, { ready = true, phase = 'Running', deleted = false, ip = '10.0.0.1' } = {}): Pod {
  return {
    metadata: { uid, ...(deleted && { deletionTimestamp: 'x' }) },
    status: { phase, podIP: ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as unknown as Pod;
}

test.each<{ name: string; takesUnready: boolean; pods: Pod[]; want: string | undefined }>([
  { name: 'a ready pod -> it', takesUnready: false, pods: [pod('a')], want: 'a' },
  {
    name: 'not ready, Service wants ready -> none',
    takesUnready: false,
    pods: [pod('a', { ready: false })],
    want: undefined,
  },
  { name: 'not ready, Service takes it -> it', takesUnready: true, pods: [pod('a', { ready: false })], want: 'a' },
  {
    name: 'the old one is being deleted -> the new one',
    takesUnready: true,
    pods: [pod('a', { deleted: true }), pod('b')],
    want: 'b',
  },
  { name: 'no address yet -> none', takesUnready: true, pods: [pod('a', { ip: '' })], want: undefined },
  { name: 'pending -> none', takesUnready: true, pods: [pod('a', { phase: 'Pending' })], want: undefined },
])('chooseEndpoint: $name', ({ takesUnready, pods, want }) => {
  expect(chooseEndpoint(service(takesUnready), pods)?.podUid).toBe(want);
});

const processes: ClusterProcess[] = [
  { name: 'apiserver', pid: 1, state: 'Running' },
  { name: 'controllers', state: 'Stopped' },
  { name: 'agent', pid: 3, node: 'node-1', state: 'Running' },
  { name: 'agent', pid: 4, node: 'node-2', state: 'Frozen' },
  { name: 'supervisor', pid: 5, node: 'node-1', state: 'Running' },
];

test.each<{ name: string; busy: string[]; want: number[] }>([
  { name: 'running ones -> but never a supervisor or a frozen agent', busy: [], want: [1, 3] },
  { name: 'a node with a fault -> left alone', busy: ['node-1'], want: [1] },
])('candidates: $name', ({ busy, want }) => {
  expect(candidates(processes, { names: expendable, busyNodes: new Set(busy) }).map(({ pid }) => pid)).toEqual(want);
});

test.each([
  { name: 'odd -> the middle', values: [3, 1, 2], want: 2 },
  { name: 'even -> between the two', values: [4, 1, 2, 3], want: 2.5 },
  { name: 'none -> no figure', values: [], want: undefined },
])('median: $name', ({ values, want }) => {
  expect(median(values)).toBe(want);
});

test('medianBoundMs leaves the driver out', () => {
  expect(
    medianBoundMs([
      { boundMs: 90, createVolumeMs: 40 },
      { boundMs: 70, createVolumeMs: 30 },
      { boundMs: 60, createVolumeMs: 0 },
    ]),
  ).toBe(50);
});

test('notesOf reads what the machine does not allow', () => {
  expect(notesOf('Amarre is up\n  note: volumes are folders\n  kubectl get nodes\n')).toEqual(['volumes are folders']);
});
