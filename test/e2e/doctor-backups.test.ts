// What does the doctor say of backups that fail, age, hang or were never tried, and of volumes that are left over? Each fault is
// there; where it takes days to become one, the doctor looks at a dump of the cluster as of a later day.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { epochMsOf } from '../../src/base/clock.ts';
import { claim, container, pod, snapshotClass, storageClass } from './doctor-objects.ts';
import { doctorRun, type Found } from './doctor-run.ts';
import { poll } from './running-cluster.ts';

const world = doctorRun({ namespaces: ['by-hand', 'nightly', 'left'], upOptions: ['--pool-size', '8Gi'] });
const { apply, examined, examinedAt, paste, reproduce, run } = world;
const server = 'velero';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
let scratch: string | undefined;

beforeAll(async () => {
  scratch = await mkdtemp('/var/tmp/amarre-doctor-backups-');
  const local = snapshotClass('local');
  await apply(
    { ...local, metadata: { name: 'local', labels: { 'velero.io/csi-volumesnapshot-class': 'true' } } },
    storageClass('kept', { reclaimPolicy: 'Retain' }),
    ...['by-hand', 'nightly'].flatMap((namespace) => [dataOf(namespace, 'immediate'), writerIn(namespace)]),
    dataOf('left', 'kept'),
  );
  for (const namespace of ['by-hand', 'nightly', 'left'])
    await until(['pvc', 'data', '-n', namespace], '{.status.phase}', 'Bound');
  for (const namespace of ['by-hand', 'nightly'])
    await until(['pod', 'writer', '-n', namespace], '{.status.phase}', 'Running');
});
afterAll(async () => {
  if (scratch) await rm(scratch, { recursive: true, force: true });
});

const attic = (): string => join(scratch ?? '', 'attic');

function dataOf(namespace: string, className: string): object {
  const data = claim('data', className);
  return { ...data, metadata: { ...data.metadata, namespace } };
}

function writerIn(namespace: string): object {
  const writer = pod('writer', 'data', { containers: [container('echo kept > /data/kept; sync; exec sleep 600')] });
  return { ...writer, metadata: { ...writer.metadata, namespace } };
}

function until(object: string[], path: string, value: string): Promise<void> {
  return poll(
    `${object.join(' ')} to be ${value}`,
    async () => (await run('get', ...object, '--ignore-not-found', '-o', `jsonpath=${path}`)) === value,
  );
}

async function fieldOf(object: string[], path: string): Promise<string> {
  return run('get', ...object, '-o', `jsonpath=${path}`);
}

const timeOf = async (object: string[], path = '{.metadata.creationTimestamp}'): Promise<number> =>
  epochMsOf(await fieldOf(object, path));

/** The newest backup, once it has ended. */
async function endedBackup(phase: string): Promise<string> {
  let name = '';
  const byAge = ['backups.velero.io', '-n', server, '--sort-by=.metadata.creationTimestamp'];
  await poll(`a backup to be ${phase}`, async () => {
    const [newest = '', found] = (await fieldOf(byAge, '{.items[-1:].metadata.name} {.items[-1:].status.phase}')).split(
      ' ',
    );
    name = newest;
    return found === phase;
  });
  return name;
}

const pasted = (title: string) => async (found: Found) => void (await paste(found, title));

const template = { includedNamespaces: ['nightly'], storageLocation: 'attic', ttl: '25h0m0s' };
const schedule = { apiVersion: 'velero.io/v1', kind: 'Schedule', metadata: { name: 'nightly', namespace: server } };
const backup = (name: string, spec: object, labels: object = {}) => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: { name, namespace: server, labels },
  spec,
});
const location = (name: string, provider: string, config: object) => ({
  apiVersion: 'velero.io/v1',
  kind: 'BackupStorageLocation',
  metadata: { name, namespace: server },
  spec: { provider, config, objectStorage: { bucket: 'b' } },
});

test('a store in the cluster itself -> found, and gone once it is elsewhere', () =>
  reproduce([
    {
      finds: 'B07 BackupStorageLocation velero/inside',
      cause: () => apply(location('inside', 'aws', { s3Url: 'http://minio.left.svc:9000' })),
      mend: async () =>
        void (await run(
          'patch',
          'bsl',
          'inside',
          '-n',
          server,
          '--type=merge',
          '-p',
          '{"spec":{"config":{"s3Url":"https://s3.example.com"}}}',
        )),
    },
  ]));

test('a store that is away -> found with the backup that failed, and gone once it is back', async () => {
  await reproduce(
    [
      {
        finds: 'B04 BackupStorageLocation velero/attic',
        async cause() {
          // There is a file where the folder should be.
          await writeFile(attic(), '');
          await apply(location('attic', 'amarre.io/filesystem', { path: attic() }));
        },
        async mend() {
          await rm(attic());
          await mkdir(attic());
          await until(['bsl', 'attic', '-n', server], '{.status.phase}', 'Available');
        },
      },
      {
        finds: 'B02 Backup velero/nightly-1',
        async cause() {
          await apply({ ...schedule, spec: { schedule: '0 2 * * *', template } });
          await until(['schedules.velero.io', 'nightly', '-n', server], '{.status.phase}', 'Enabled');
          await until(['bsl', 'attic', '-n', server], '{.status.phase}', 'Unavailable');
          await apply(backup('nightly-1', template, { 'velero.io/schedule-name': 'nightly' }));
          await endedBackup('FailedValidation');
        },
        async mend(found) {
          await until(['bsl', 'attic', '-n', server], '{.status.phase}', 'Available');
          await paste(found, 'Make it again once that is mended');
          await endedBackup('Completed');
        },
      },
    ],
    { look: examined },
  );
});

test('no copy of a claim, then only an old one -> found as of a day later, and gone with a new copy', async () => {
  const made = await timeOf(['pvc', 'data', '-n', 'by-hand']);
  const copy = {
    mend: async (found: Found) => {
      await paste(found, 'Make a copy now');
      await endedBackup('Completed');
    },
    cause: async () => {},
  };
  await reproduce([{ finds: 'B01 Namespace by-hand', ...copy }], { look: () => examinedAt(made + dayMs) });
  const name = await endedBackup('Completed');
  const copied = await timeOf(['backups.velero.io', name, '-n', server], '{.status.completionTimestamp}');
  await reproduce([{ finds: 'B03 Namespace by-hand', ...copy }], { look: () => examinedAt(copied + dayMs + 1000) });
});

test('a volume that is left over, a copy that expires and a restore nobody tried -> found as of 90 days later, and gone', async () => {
  const made = await timeOf(['schedules.velero.io', 'nightly', '-n', server]);
  const volume = await fieldOf(['pvc', 'data', '-n', 'left'], '{.spec.volumeName}');
  const [newest = ''] = (
    await run(
      'get',
      'backups.velero.io',
      '-n',
      server,
      '-l',
      'velero.io/schedule-name=nightly',
      '-o',
      'jsonpath={.items[?(@.status.phase=="Completed")].metadata.name}',
    )
  ).split(' ');
  await reproduce(
    [
      {
        finds: `L07 PersistentVolume ${volume}`,
        async cause() {
          await run('delete', 'pvc', 'data', '-n', 'left');
          await until(['pv', volume], '{.status.phase}', 'Released');
        },
        mend: pasted('Hand it over for deletion'),
      },
      { finds: `B08 Backup velero/${newest}`, cause: async () => {}, mend: pasted(`Keep ${newest} for 30 days more`) },
      {
        finds: 'B06 Schedule velero/nightly',
        cause: async () => {},
        async mend(found) {
          await paste(found, 'Restore the newest backup into another namespace');
          await until(['restores.velero.io', '-n', server], '{.items[*].status.phase}', 'Completed');
        },
      },
    ],
    { look: () => examinedAt(made + 90 * dayMs + 1000) },
  );
  expect(await fieldOf(['pvc', 'data', '-n', 'nightly-restore-test'], '{.status.phase}')).toBe('Bound');
});

test('an upload whose mover finds no node -> found as of hours later, and gone once it is cancelled', async () => {
  let uploadName = '';
  const uploads = ['datauploads.velero.io', '-n', server, '-l', 'velero.io/backup-name=stuck'];
  await run('cordon', 'node-1');
  let began = 0;
  try {
    await apply(backup('stuck', { includedNamespaces: ['by-hand'] }));
    await until(uploads, '{.items[*].status.phase}', 'Accepted');
    uploadName = await fieldOf(uploads, '{.items[0].metadata.name}');
    began = await timeOf(['datauploads.velero.io', uploadName, '-n', server]);
    await reproduce(
      [
        { finds: `B05 DataUpload velero/${uploadName}`, cause: async () => {}, mend: pasted(`Cancel ${uploadName}`) },
        {
          finds: 'B05 Backup velero/stuck',
          cause: async () => {},
          mend: async () => void (await endedBackup('PartiallyFailed')),
        },
      ],
      { look: () => examinedAt(began + 5 * hourMs) },
    );
  } finally {
    await run('uncordon', 'node-1');
  }
});
