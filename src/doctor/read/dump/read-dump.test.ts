import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { epochMsOf, rfc3339 } from '../../../base/clock.ts';
import { FakeClock } from '../../../base/fake-clock.ts';
import type { KindName } from '../../snapshot/kinds.ts';
import { byPolicy, resourcePolicy, schedule } from '../../testing/backup-builders.ts';
import { claim, minutesAgo, namespace, node, object, pod, takenAt, volume } from '../../testing/builders.ts';
import { CannotLookError, type Reading } from '../reading.ts';
import { readDump } from './read-dump.ts';

type Content = string | Uint8Array | object;

const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items });
const bytesOf = (content: Content): Uint8Array =>
  content instanceof Uint8Array
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

async function tarball(files: Record<string, Content>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytesOf(content)));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** Reads files as they lie in a folder; `paths` names what the command line names, the folder by default. */
async function read(
  files: Record<string, Content>,
  { paths, atMs, stdin = '' }: { paths?: string[]; atMs?: number; stdin?: Content } = {},
): Promise<Reading> {
  const folder = await mkdtemp(join(tmpdir(), 'dump-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytesOf(content));
  }
  async function* input(): AsyncGenerator<Uint8Array> {
    yield bytesOf(stdin);
  }
  const chosen = paths?.map((path) => (path === '-' ? path : join(folder, path))) ?? [folder];
  return readDump(
    { paths: chosen, atMs, stdin: input },
    new FakeClock(epochMsOf('2026-07-01T00:00:00Z')),
    new AbortController().signal,
  );
}

const names = ({ snapshot }: Reading, kind: KindName): string[] =>
  snapshot.all(kind).map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join('/'));

/** A list as kubectl writes it: the kind after the items, every line with its end. */
const kubectlYaml = (...items: object[]): string =>
  stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }, { indentSeq: false });
const two = list(pod(), pod({ metadata: { name: 'web', namespace: 'www' } }), volume());

test.each<{
  name: string;
  files: Record<string, Content>;
  want: Partial<Record<KindName, string[]>>;
  covers?: Partial<Record<KindName, string>>;
}>([
  {
    name: 'JSON list -> its objects',
    files: { 'all.json': two },
    want: { pods: ['shop/db-0', 'www/web'], volumes: ['pv-1'] },
    covers: { pods: 'read', volumes: 'read', claims: 'unread' },
  },
  {
    name: 'YAML list -> the same',
    files: { 'all.yaml': stringify(two, { aliasDuplicateObjects: false }) },
    want: { pods: ['shop/db-0', 'www/web'] },
    covers: { pods: 'read', volumes: 'read' },
  },
  {
    name: 'list of one namespace -> only that is known',
    files: { 'p.json': list(pod()) },
    want: { pods: ['shop/db-0'] },
    covers: { pods: 'partial' },
  },
  {
    name: 'one object alone -> nothing is known whole',
    files: { 'pv.yaml': stringify(volume()) },
    want: { volumes: ['pv-1'] },
    covers: { volumes: 'partial' },
  },
  {
    name: 'all namespaces in files of their own -> known whole',
    files: {
      'ns.json': list(namespace(), namespace({ metadata: { name: 'www' } })),
      'a.json': list(pod()),
      'b.json': list(pod({ metadata: { name: 'web', namespace: 'www' } })),
    },
    want: { pods: ['shop/db-0', 'www/web'] },
    covers: { pods: 'read' },
  },
  {
    name: 'folder of kubectl cluster-info dump -> items take the kind of their list',
    files: {
      'nodes.json': {
        kind: 'NodeList',
        apiVersion: 'v1',
        items: [{ ...node(), kind: undefined, apiVersion: undefined }],
      },
      'shop/pods.json': {
        kind: 'PodList',
        apiVersion: 'v1',
        items: [{ ...pod(), kind: undefined, apiVersion: undefined }],
      },
      'www/pods.json': { kind: 'PodList', apiVersion: 'v1', items: [] },
      'shop/web/logs.txt': '[2026-06-01] {"level"\n',
    },
    want: { nodes: ['node-1'], pods: ['shop/db-0'] },
    covers: { nodes: 'read', pods: 'partial' },
  },
  {
    name: 'cluster-info dump in one file -> objects between the logs',
    files: {
      'dump.txt': `${JSON.stringify({ kind: 'NodeList', items: [node()] })}\n==== START logs for container db of pod shop/db-0 ====\n{"a":\n==== END logs for container db of pod shop/db-0 ====\n${JSON.stringify({ kind: 'PodList', items: [pod()] })}`,
    },
    want: { nodes: ['node-1'], pods: ['shop/db-0'] },
  },
  {
    name: 'must-gather -> kinds and completeness by the place of a file',
    files: {
      'must-gather.tar.gz': await tarball({
        'm/cluster-scoped-resources/core/persistentvolumes/pv-1.yaml': `---\n${stringify(volume())}`,
        'm/namespaces/shop/core/pods.yaml': `---\n${stringify({ items: [{ ...pod(), kind: undefined }], kind: 'PodList' })}`,
        'm/namespaces/shop/core/persistentvolumeclaims.yaml': stringify({
          kind: 'PersistentVolumeClaimList',
          items: [claim()],
        }),
        'm/namespaces/shop/pods/db-0/db/logs/current.log': 'kind: of a log\n',
      }),
    },
    want: { volumes: ['pv-1'], pods: ['shop/db-0'], claims: ['shop/data'] },
    covers: { volumes: 'read', pods: 'partial', claims: 'partial' },
  },
  {
    name: 'Velero backup -> each object once',
    files: {
      'backup.tar.gz': await tarball({
        'metadata/version': '1.1.0\n',
        'resources/pods/namespaces/shop/db-0.json': pod(),
        'resources/pods/v1-preferredversion/namespaces/shop/db-0.json': pod(),
        'resources/persistentvolumes/cluster/pv-1.json': volume(),
      }),
    },
    want: { pods: ['shop/db-0'], volumes: ['pv-1'] },
    covers: { pods: 'partial', volumes: 'partial' },
  },
  {
    name: 'old API versions -> as what they are today',
    files: {
      'old.json': list(
        { ...object({ apiVersion: 'extensions/v1beta1', kind: 'Deployment', name: 'web', namespace: 'shop' }, {}) },
        {
          ...object(
            { apiVersion: 'storage.k8s.io/v1beta1', kind: 'CSINode', name: 'node-1' },
            { spec: { drivers: [] } },
          ),
        },
      ),
    },
    want: { deployments: ['shop/web'], csiNodes: ['node-1'] },
  },
  {
    name: 'events of events.k8s.io -> as core events',
    files: {
      'e.json': list({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'e', namespace: 'shop' },
        regarding: { kind: 'Pod', name: 'db-0' },
        note: 'n',
      }),
    },
    want: { events: ['shop/e'] },
  },
  {
    name: "objects of drivers' own kinds -> pools and disks, and no Nodes",
    files: {
      'nodes.json': {
        apiVersion: 'longhorn.io/v1beta2',
        kind: 'NodeList',
        items: [
          { metadata: { name: 'node-1' }, status: { diskStatus: { d: { storageMaximum: 9, storageAvailable: 1 } } } },
        ],
      },
      'volumes.yaml': stringify({
        apiVersion: 'longhorn.io/v1beta2',
        kind: 'Volume',
        metadata: { name: 'pvc-1' },
        spec: { size: '10' },
      }),
      'pods.json': list(pod()),
    },
    want: { pools: ['node-1/d'], disks: ['pvc-1'], nodes: [] },
    covers: { pools: 'partial', disks: 'partial', nodes: 'unread' },
  },
  {
    name: 'ConfigMaps -> those with a resource policy only',
    files: {
      'a.json': list(
        resourcePolicy('{conditions: {}, action: {type: skip}}'),
        object({ apiVersion: 'v1', kind: 'ConfigMap', name: 'app', namespace: 'shop' }, { data: { 'app.conf': 'x' } }),
        schedule({ spec: { template: byPolicy } }),
      ),
    },
    want: { policyMaps: ['velero/policy'], schedules: ['velero/nightly'] },
    covers: { policyMaps: 'partial' },
  },
  {
    name: 'no policy is named -> no ConfigMap is missed',
    files: { 'a.json': list(schedule(), pod()) },
    want: { policyMaps: [] },
    covers: { policyMaps: 'read' },
  },
  {
    name: 'UTF-16 as a Windows shell writes it -> read',
    files: { 'all.json': Buffer.from(`\ufeff${JSON.stringify(two)}`, 'utf16le') },
    want: { pods: ['shop/db-0', 'www/web'] },
  },
  {
    name: 'summary of a kubelet -> usage of volumes',
    files: {
      'stats.json': {
        node: { nodeName: 'node-1' },
        pods: [
          {
            podRef: { name: 'db-0', namespace: 'shop' },
            volume: [
              { pvcRef: { name: 'data', namespace: 'shop' }, capacityBytes: 9, availableBytes: 3 },
              { name: 'tmp' },
            ],
          },
        ],
      },
    },
    want: { volumeStats: ['shop/data'] },
  },
])('readDump: $name', async ({ files, want, covers = {} }) => {
  const reading = await read(files);
  for (const [kind, expected] of Object.entries(want)) expect(names(reading, kind as KindName), kind).toEqual(expected);
  for (const [kind, state] of Object.entries(covers))
    expect({ kind, state: reading.snapshot.coverage(kind as KindName).state }).toEqual({ kind, state });
});

test.each<{ name: string; files: Record<string, Content>; notes: RegExp; pods?: string[] }>([
  {
    name: 'cut off -> what came before, and nothing is known whole',
    files: { 'a.json': JSON.stringify(two).slice(0, -900) },
    notes: /a\.json: it breaks off after 1 objects/,
    pods: ['shop/db-0'],
  },
  {
    name: 'archive cut off -> what came before',
    files: {
      'a.tar.gz': (await tarball({ 'p.json': pod(), 'x.json': randomFillSync(Buffer.alloc(90_000)) })).subarray(0, -60),
    },
    notes: /a\.tar\.gz: it is damaged or cut off/,
    pods: ['shop/db-0'],
  },
  {
    name: 'YAML cut off in an item -> what came before, and nothing is known whole',
    files: { 'a.yaml': kubectlYaml(pod(), pod({ metadata: { name: 'web' } })).slice(0, -90) },
    notes: /a\.yaml: it breaks off after 2 objects/,
    pods: ['shop/db-0', 'shop/web'],
  },
  {
    name: 'YAML cut off between two items -> the same',
    files: { 'a.yaml': kubectlYaml(pod()).replace(/kind: List[\s\S]*$/, '') },
    notes: /a\.yaml: it breaks off after 1 objects/,
    pods: ['shop/db-0'],
  },
  {
    name: 'bytes that are no JSON in the middle of a list -> what they are in is left out, what follows is read',
    files: {
      'a.json': JSON.stringify(list(pod({ metadata: { name: 'a' } }), pod({ metadata: { name: 'b' } }), pod())).replace(
        '"b"',
        '"\u0001b"',
      ),
    },
    notes: /a\.json: left out 1 that can't be objects/,
    pods: ['shop/a', 'shop/db-0'],
  },
  {
    name: 'brackets lost in the middle of a list -> what came before',
    files: { 'a.json': JSON.stringify(two).replace('{"apiVersion":"v1","kind":"PersistentVolume"', '}]}') },
    notes: /a\.json: .* after 2 objects/,
    pods: ['shop/db-0', 'www/web'],
  },
  {
    name: 'an enormous object in the middle -> left out, the others read',
    files: {
      'a.json': list(
        pod(),
        pod({ metadata: { name: 'huge', annotations: { x: 'x'.repeat(17 * 2 ** 20) } } }),
        volume(),
      ),
      'b.yaml': `kind: Pod\napiVersion: v1\nmetadata:\n  name: huge\n  x: ${'x'.repeat(17 * 2 ** 20)}\n---\n${stringify(pod({ metadata: { name: 'web' } }))}`,
    },
    notes: /a\.json: left out 1 .*16 MiB[\s\S]*b\.yaml: left out 1 .*16 MiB/,
    pods: ['shop/db-0', 'shop/web'],
  },
  {
    name: 'damaged members in the middle of an archive -> the others read, and what is damaged said',
    files: {
      'gather.tar.gz': await tarball({
        'a.json': pod(),
        'b.json': JSON.stringify(two).slice(0, -900),
        'c.yaml': Buffer.from([0x61, 0, 0, 1]),
        'd.log': 'kind: Pod\n',
        'e.yaml': stringify(pod({ metadata: { name: 'web' } })),
      }),
    },
    notes: /b\.json: it breaks off after 1 objects\n.*c\.yaml: it is binary/,
    pods: ['shop/db-0', 'shop/web'],
  },
  {
    name: 'binary among others -> said',
    files: { 'a.json': two, 'b.yaml': Buffer.from([1, 0, 2, 0]) },
    notes: /b\.yaml: it is binary/,
    pods: ['shop/db-0', 'www/web'],
  },
  {
    name: 'packed in a foreign way -> said',
    files: { 'a.json': two, 'b.zip': Buffer.from('PK\u0003\u0004rest') },
    notes: /b\.zip: it is packed with zip/,
    pods: ['shop/db-0', 'www/web'],
  },
  {
    name: 'items that are no objects -> left out and counted',
    files: {
      'a.json': list(
        pod(),
        { kind: 'Pod', apiVersion: 'v1' },
        { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' }, spec: 7 },
      ),
    },
    notes:
      /left out 1 that can't be objects \(no metadata\.name\)[\s\S]*left out 1 that can't be objects \(spec is no map\)/,
    pods: ['shop/db-0'],
  },
])('readDump: $name', async ({ files, notes, pods = [] }) => {
  const reading = await read(files);
  expect(reading.notes.join('\n')).toMatch(notes);
  expect(names(reading, 'pods')).toEqual(pods);
});

test('readDump: a damaged list covers nothing -> absence proves nothing', async () => {
  const { snapshot } = await read({ 'a.json': JSON.stringify(two).slice(0, -900) });
  expect(snapshot.covers('pods')).toBe(false);
});

test('readDump takes the newest time that objects show for the moment of the dump', async () => {
  const lease = object(
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: 'node-1', namespace: 'kube-node-lease' },
    { spec: { renewTime: takenAt } },
  );
  const future = pod({ metadata: { name: 'later', creationTimestamp: '2031-01-01T00:00:00Z' } });
  const reading = await read({
    'all.json': list(lease, pod(), future, pod({ metadata: { name: 'bad', creationTimestamp: 'yesterday' } })),
  });
  expect(rfc3339(reading.snapshot.takenAtMs)).toBe(takenAt);
  expect(reading.snapshot.ageMs(minutesAgo(5))).toBe(300_000);
  expect(reading.notes[0]).toContain(takenAt);
  expect((await read({ 'all.json': list(pod()) }, { atMs: 7 })).snapshot.takenAtMs).toBe(7);
});

test('readDump: extensions without their definition are not installed', async () => {
  const crds = list(
    object(
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'backups.velero.io' },
      { spec: { group: 'velero.io', names: { plural: 'backups', kind: 'Backup' } } },
    ),
  );
  const { snapshot } = await read({ 'crds.json': crds });
  expect([snapshot.coverage('snapshots').state, snapshot.coverage('backups').state]).toEqual([
    'not-installed',
    'unread',
  ]);
});

test('readDump - -> standard input, packed or not', async () => {
  expect(names(await read({}, { paths: ['-'], stdin: gzipSync(JSON.stringify(two)) }), 'pods')).toEqual([
    'shop/db-0',
    'www/web',
  ]);
});

test.each<{ name: string; files: Record<string, Content>; paths?: string[]; want: RegExp }>([
  { name: 'no such file', files: {}, paths: ['gone.json'], want: /there is no .*gone\.json/ },
  {
    name: 'nothing that a rule reads',
    files: { 'a.json': list({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }) },
    want: /found only 1 Service/,
  },
  { name: 'an empty file', files: { 'a.json': '' }, want: /a\.json: it is neither JSON nor YAML/ },
])('readDump: $name -> could not look', async ({ files, paths, want }) => {
  const reading = read(files, paths && { paths });
  await expect(reading).rejects.toBeInstanceOf(CannotLookError);
  await expect(reading).rejects.toThrow(want);
});
