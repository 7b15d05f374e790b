import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { EarlierBootError, VolumeFencedError, VolumeTable } from '../supervisor/volume-table.ts';
import { writePayload } from './atomic-writer.ts';
import { expansionOf, podVolumes, type VolumeLookups } from './desired.ts';
import { attachmentName, uniqueVolumeName } from './paths.ts';
import { PayloadError, payloadOf } from './payload.ts';
import { bindSubPath, SubPathEscapeError } from './subpath.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/amarre-volumes-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const metadata = { name: 'web-0', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const pod: Pod = {
  metadata: { ...metadata, labels: { app: 'web' } },
  spec: { containers: [], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
};

test('names -> as upstream makes them', () => {
  expect(uniqueVolumeName('d', 'h')).toBe('kubernetes.io/csi/d^h');
  expect(attachmentName('h', 'd', 'n')).toMatch(/^csi-[0-9a-f]{64}$/);
});

const claim = (changes: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
  metadata: { ...metadata, name: 'data', uid: 'claim-1' },
  spec: { volumeName: 'pv-1' },
  status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  ...changes,
});
const volume = (changes: Partial<NonNullable<PersistentVolume['spec']>> = {}): PersistentVolume => ({
  metadata: { ...metadata, name: 'pv-1' },
  spec: {
    claimRef: { uid: 'claim-1' },
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    csi: { driver: 'd', volumeHandle: 'h' },
    ...changes,
  },
});
const attachment = (status?: object, changes: object = {}) => ({
  metadata: { ...metadata, uid: 'va-1', ...changes },
  spec: { attacher: 'd', nodeName: 'n', source: {} },
  status: { attached: true, attachmentMetadata: { epoch: '3' }, ...status },
});
const lookups = (changes: Partial<VolumeLookups> = {}): VolumeLookups => ({
  nodeName: 'n',
  claim: () => claim(),
  volume: () => volume(),
  attachment: () => attachment(),
  isAttachRequired: () => true,
  isReportedInUse: () => true,
  ...changes,
});
const resolve = (changes: Partial<VolumeLookups> = {}, given = pod) =>
  podVolumes(given, { isLeaving: false, isRunning: false }, lookups(changes))[0];

test.each<{ name: string; changes: Partial<VolumeLookups>; want: object }>([
  {
    name: 'attached -> with its epoch',
    changes: {},
    want: { type: 'csi', desired: { attachment: { uid: 'va-1', epoch: 3 }, isSingleWriter: true } },
  },
  {
    name: 'attached to a boot -> with the boot, for the supervisor to check',
    changes: { attachment: () => attachment({}, { annotations: { 'amarre.io/boot-id': 'boot-1' } }) },
    want: { type: 'csi', desired: { attachment: { uid: 'va-1', epoch: 3, bootID: 'boot-1' } } },
  },
  {
    name: 'not attached yet',
    changes: { attachment: () => attachment({ attached: false }) },
    want: { type: 'csi', desired: { attachment: undefined } },
  },
  {
    name: 'attachment is being deleted -> as if it were gone',
    changes: { attachment: () => attachment({}, { deletionTimestamp: 'x' }) },
    want: { type: 'csi', desired: { attachment: undefined } },
  },
  {
    name: 'driver needs no attach',
    changes: { attachment: () => undefined, isAttachRequired: () => false },
    want: { type: 'csi', desired: { attachment: { uid: '', epoch: 0 } } },
  },
  {
    name: 'no claim',
    changes: { claim: () => undefined },
    want: { type: 'unresolved', message: 'persistentvolumeclaim "data" not found' },
  },
  {
    name: 'claim is pending',
    changes: { claim: () => claim({ status: { phase: 'Pending' } }) },
    want: { type: 'unresolved', message: 'PVC "data" is not bound' },
  },
  {
    name: 'volume belongs to another claim',
    changes: { volume: () => volume({ claimRef: { uid: 'other' } }) },
    want: { type: 'unresolved' },
  },
])('podVolumes: $name', ({ changes, want }) => {
  expect(resolve(changes)).toMatchObject(want);
});

test('podVolumes: ephemeral volume whose claim another pod owns -> never used', () => {
  const ephemeral: Pod = { ...pod, spec: { containers: [], volumes: [{ name: 'data', ephemeral: {} }] } };
  expect(resolve({}, ephemeral)).toMatchObject({
    type: 'unresolved',
    message: 'PVC "web-0-data" was not created for pod "web-0"',
  });
});

test.each([
  { name: 'equal sizes -> nothing', size: '1Gi', status: {}, want: undefined },
  {
    name: 'volume is larger, node asked -> grow',
    size: '2Gi',
    status: { allocatedResourceStatuses: { storage: 'NodeResizePending' } },
    want: 2 ** 31,
  },
  { name: 'volume is larger, nobody said so -> grow all the same', size: '2Gi', status: {}, want: 2 ** 31 },
  {
    name: 'controller still works on it -> not yet',
    size: '2Gi',
    status: { allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' } },
    want: undefined,
  },
  {
    name: 'infeasible on the node -> not again',
    size: '2Gi',
    status: { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } },
    want: undefined,
  },
])('expansionOf: $name', ({ size, status, want }) => {
  const grown = {
    claim: claim({ status: { phase: 'Bound', capacity: { storage: '1Gi' }, ...status } }),
    pv: volume({ capacity: { storage: size } }),
  };
  expect(expansionOf(grown)).toBe(want);
});

const sources = {
  secret: (name: string) =>
    name === 's' ? { metadata, data: { user: Buffer.from('me').toString('base64') } } : undefined,
  configMap: (name: string) => (name === 'c' ? { metadata, data: { 'app.conf': 'x=1' } } : undefined),
  address: '10.0.0.5',
  allocatable: { cpu: '2', memory: '1Gi' },
};

test('a projected volume -> files of all sources', () => {
  const files = payloadOf(
    pod,
    {
      name: 'all',
      projected: {
        defaultMode: 0o400,
        sources: [
          { secret: { name: 's', items: [{ key: 'user', path: 'keys/user', mode: 0o440 }] } },
          { configMap: { name: 'c' } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
    sources,
  );
  expect(Object.entries(files ?? {}).map(([path, { data, mode }]) => [path, data.toString(), mode])).toEqual([
    ['keys/user', 'me', 0o440],
    ['app.conf', 'x=1', 0o400],
    ['labels', 'app="web"', 0o400],
  ]);
});

test.each([
  { name: 'missing secret', volume: { secret: { secretName: 'x' } }, message: 'secret "x" not found' },
  {
    name: 'missing key',
    volume: { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
    message: 'references non-existent configmap "c" key: k',
  },
  {
    name: 'path that leaves the volume',
    volume: { configMap: { name: 'c', items: [{ key: 'app.conf', path: '../x' }] } },
    message: 'invalid path "../x": it must be relative and may not contain \'..\'',
  },
])('payloadOf: $name -> PayloadError', ({ volume: source, message }) => {
  expect(() => payloadOf(pod, { name: 'v', ...source }, sources)).toThrow(new PayloadError(message));
});

test('writePayload -> swaps all files at once, removes old names, and leaves equal content alone', async () => {
  const file = (text: string) => ({ data: Buffer.from(text), mode: 0o644 });
  const options = (generation: string) => ({ generation, fsGroup: undefined });
  expect(await writePayload(folder, { a: file('1'), 'd/b': file('2') }, options('one'))).toBe(true);
  expect(await writePayload(folder, { a: file('1'), 'd/b': file('2') }, options('two'))).toBe(false);
  expect(await writePayload(folder, { a: file('9') }, options('three'))).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['..data', '..three', 'a']);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('9');
});

const subPath = (path: string) =>
  bindSubPath({ volumePath: folder, subPath: path, bindAt: join(folder, 'unused'), canMount: false, signal });

test('subPath -> made if missing, inside the volume', async () => {
  expect(await subPath('a/b')).toBe(join(folder, 'a/b'));
});

test('subPath through a link that stays inside -> its target', async () => {
  await mkdir(join(folder, 'real'));
  await symlink('real', join(folder, 'link'));
  expect(await subPath('link/x')).toBe(join(folder, 'real/x'));
});

test.each([{ target: '/etc' }, { target: '../..' }])(
  'subPath through a link to $target -> refused',
  async ({ target }) => {
    await symlink(target, join(folder, 'link'));
    await expect(subPath('link/x')).rejects.toThrow(SubPathEscapeError);
  },
);

test('VolumeTable: fenced epochs stay fenced after a restart, newer ones pass', async () => {
  const path = join(folder, 'fenced.json');
  const hold = (epoch: number) => ({ podUID: 'p', volumeHandle: 'v', epoch, stagingPath: '/s', publishPath: '/p' });
  const first = await VolumeTable.open({ path, bootID: 'boot-1' });
  first.hold(hold(4));
  expect(await first.fence('v', 2)).toBe(4);
  expect(await first.fence('unknown', undefined)).toBeUndefined();
  const second = await VolumeTable.open({ path, bootID: 'boot-1' });
  expect(() => second.hold(hold(4))).toThrow(VolumeFencedError);
  second.hold(hold(5));
  expect(await second.fence('v', undefined)).toBe(5);
});

test('VolumeTable: an attachment made for another boot -> refused; of this one or unknown -> held', async () => {
  const table = await VolumeTable.open({ path: join(folder, 'fenced.json'), bootID: 'boot-2' });
  const hold = { podUID: 'p', volumeHandle: 'v', epoch: 1, stagingPath: '/s', publishPath: '/p' };
  expect(() => table.hold({ ...hold, attachedAtBootID: 'boot-1' })).toThrow(EarlierBootError);
  expect(table.pathsOf('v')).toEqual([]);
  table.hold({ ...hold, attachedAtBootID: 'boot-2' });
  table.hold({ ...hold, podUID: 'q', publishPath: '/q' });
  expect(table.pathsOf('v')).toEqual(['/p', '/q', '/s']);
  table.release('p', 'v');
  table.release('q', 'v');
  expect(table.pathsOf('v')).toEqual(['/s']);
  table.releaseStaged('v');
  expect(table.pathsOf('v')).toEqual([]);
});
