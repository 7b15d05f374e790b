// What does a user get who asks for what can't be? A clear error, and nothing is lost.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../src/apimachinery/meta.ts';
import { StatusError } from '../../src/apimachinery/status-error.ts';
import type { PersistentVolumeClaim, Pod } from '../../src/apis/core/generated/v1.ts';
import { coreEvents, namespaces, persistentVolumeClaims, pods, storageClasses } from '../../src/apis/resources.ts';
import { backupStorageLocations, backups } from '../../src/apis/velero/resources.ts';
import { type Backup, veleroNamespace } from '../../src/apis/velero/types.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import type { Client } from '../../src/client/types.ts';
import type { Cluster } from '../../src/demo/cluster.ts';
import { finalPhases } from '../../src/demo/steps/backup.ts';
import { freePort, program, withCluster, within } from './demo-run.ts';

const run = promisify(execFile);
const namespace = 'bad-input';
const className = 'immediate';

describe('on a running cluster', () => {
  let cluster: Cluster;
  let client: Client;
  let stop: () => void;
  let stopped: Promise<void>;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    await new Promise<void>((ready, failed) => {
      stopped = withCluster({ nodes: 1, upOptions: ['--pool-size', '2Gi'] }, async (started) => {
        await within(60_000, (starting) => started.start(starting));
        cluster = started;
        client = await started.connect();
        await client.create(namespaces, { metadata: { name: namespace } }, signal);
        await client.create(
          storageClasses,
          {
            metadata: { name: className },
            provisioner: 'local.csi.amarre.io',
            volumeBindingMode: 'Immediate',
            allowVolumeExpansion: true,
          },
          signal,
        );
        await new Promise<void>((resolve) => {
          stop = resolve;
          ready();
        });
        client.close();
      });
      stopped.catch(failed);
    });
  }, 90_000);
  afterAll(async () => {
    stop();
    await stopped;
  }, 90_000);

  function claim(name: string, storage: string, storageClassName = className) {
    return {
      metadata: { name, namespace },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
    };
  }

  async function until<T extends KubeObject>(
    resource: Resource<T>,
    at: { namespace: string; name: string },
    isSo: (object: T) => boolean,
  ): Promise<T> {
    let found: T | undefined;
    await within(60_000, (waiting) =>
      pollUntil(async (bounded) => isSo((found = await client.get(resource, at, bounded))), {
        clock,
        signal: waiting,
        intervalMs: 50,
      }),
    );
    return found as T;
  }

  async function eventOf(name: string, reason: string): Promise<string> {
    let message = '';
    await within(30_000, (waiting) =>
      pollUntil(
        async (bounded) => {
          const { items } = await client.list(coreEvents, { namespace }, bounded);
          message = items.find((event) => event.involvedObject.name === name && event.reason === reason)?.message ?? '';
          return message !== '';
        },
        { clock, signal: waiting, intervalMs: 50 },
      ),
    );
    return message;
  }

  test('a claim for an unknown class -> stays Pending, and its event says why', async () => {
    await client.create(persistentVolumeClaims, claim('unknown-class', '300Mi', 'no-such-class'), signal);
    expect(await eventOf('unknown-class', 'ProvisioningFailed')).toContain('"no-such-class" not found');
    expect((await client.get(persistentVolumeClaims, { namespace, name: 'unknown-class' }, signal)).status?.phase).toBe(
      'Pending',
    );
  });

  test.each(['0', '-1Gi'])('a claim of size %s -> Invalid, with the field', async (size) => {
    const error = await client
      .create(persistentVolumeClaims, claim('no-size', size), signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ reason: 'Invalid', code: 422 });
    expect(String(error)).toContain('spec.resources');
  });

  test('a claim below 300 MiB -> rounded up, since XFS needs it', async () => {
    await client.create(persistentVolumeClaims, claim('small', '10Mi'), signal);
    const bound = await until(
      persistentVolumeClaims,
      { namespace, name: 'small' },
      ({ status }) => status?.phase === 'Bound',
    );
    expect(bound.status?.capacity?.['storage']).toBe('300Mi');
  });

  test('a shrink -> refused, and the claim is as it was', async () => {
    const at = { namespace, name: 'shrunk' };
    await client.create(persistentVolumeClaims, claim('shrunk', '400Mi'), signal);
    await until(persistentVolumeClaims, at, ({ status }) => status?.phase === 'Bound');
    const body = { spec: { resources: { requests: { storage: '310Mi' } } } };
    const error = await client
      .patch<PersistentVolumeClaim>(persistentVolumeClaims, { at, body }, signal)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: 'Invalid', code: 422 });
    expect(String(error)).toContain('can not be less than');
    const { spec, status } = await client.get(persistentVolumeClaims, at, signal);
    expect([spec?.resources?.requests?.['storage'], status?.phase]).toEqual(['400Mi', 'Bound']);
  });

  test.each<{ name: string; command: string[] }>([
    { name: 'does not exist', command: ['/no/such/program'] },
    { name: 'hangs', command: ['sleep', '600'] },
  ])(
    'a pre hook that $name -> the backup fails, and the post hook ran',
    async ({ name, command }) => {
      const podName = `hooked-${name.replaceAll(' ', '-')}`;
      await client.create(pods, hookedPod(podName, command), signal);
      await until<Pod>(pods, { namespace, name: podName }, ({ status }) => status?.phase === 'Running');
      const backup = await backUp(`${podName}-backup`, podName);
      expect(['Failed', 'PartiallyFailed']).toContain(backup.status?.phase);
      const { stdout } = await client.exec({ namespace, podName, command: ['sh', '-c', 'ls /tmp'] }, signal);
      expect(stdout).toContain('thawed');
      await client.delete(pods, { at: { namespace, name: podName }, gracePeriodSeconds: 0 }, signal);
    },
    90_000,
  );

  test('a repository folder that can not be written -> the location says so, and a backup is refused', async () => {
    const at = { namespace: veleroNamespace, name: 'read-only' };
    // Root ignores permission bits, but can't make folders in a file.
    const path = join(cluster.dataDir, 'not-a-folder');
    await writeFile(path, '');
    const { spec } = await client.get(backupStorageLocations, { namespace: veleroNamespace, name: 'default' }, signal);
    await client.create(
      backupStorageLocations,
      {
        metadata: at,
        spec: {
          provider: spec?.provider ?? '',
          config: { path: join(path, 'repository') },
          objectStorage: { bucket: 'b' },
        },
      },
      signal,
    );
    const location = await until(backupStorageLocations, at, ({ status }) => status?.phase === 'Unavailable');
    expect(location.status?.message).toContain('not-a-folder');
    const backup = await backUp('to-nowhere', 'nothing', 'read-only');
    expect(backup.status?.phase).toBe('FailedValidation');
  });

  function hookedPod(name: string, preHook: string[]) {
    return {
      metadata: {
        name,
        namespace,
        labels: { app: name },
        annotations: {
          'pre.hook.backup.velero.io/command': JSON.stringify(preHook),
          'pre.hook.backup.velero.io/timeout': '2s',
          'post.hook.backup.velero.io/command': JSON.stringify(['sh', '-c', 'touch /tmp/thawed']),
        },
      },
      spec: {
        containers: [{ name: 'main', image: 'amarre.io/host', command: ['sleep', '1000'] }],
        terminationGracePeriodSeconds: 0,
      },
    };
  }

  async function backUp(name: string, app: string, storageLocation = 'default'): Promise<Backup> {
    const at = { namespace: veleroNamespace, name };
    const spec = { includedNamespaces: [namespace], labelSelector: { matchLabels: { app } }, storageLocation };
    await client.create(backups, { metadata: at, spec }, signal);
    return until<Backup>(backups, at, ({ status }) => finalPhases.includes(status?.phase ?? ''));
  }

  test('a second `up` on the same data folder -> says that it runs; the first goes on', async () => {
    const before = await cluster.facts(signal);
    const message = await failureOf(['up', '--detach', '--data-dir', cluster.dataDir]);
    expect(message).toMatch(/already|running/i);
    expect((await cluster.facts(signal)).components).toEqual(before.components);
  });
});

describe('before a cluster runs', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp('/var/tmp/amarre-bad-input-');
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  async function up(dataDir: string, ...options: string[]): Promise<string> {
    return failureOf([
      'up',
      '--detach',
      '--nodes',
      '1',
      '--pool-size',
      '1Gi',
      '--data-dir',
      dataDir,
      '--port',
      String(await freePort()),
      ...options,
    ]);
  }

  test('a port in use -> named, with what to do', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    try {
      const message = await up(join(scratch, 'port'), '--port', port);
      expect(message).toContain(port);
      expect(message).toContain('--port');
    } finally {
      server.close();
    }
  });

  test('a pool larger than the disk -> refused with the space there is', async () => {
    expect(await up(join(scratch, 'huge'), '--pool-size', '900Ti')).toMatch(/free/);
  });

  test('a data folder of a newer format -> refused and unchanged', async () => {
    const dataDir = join(scratch, 'newer');
    const file = join(dataDir, 'amarre.json');
    await mkdir(dataDir);
    await writeFile(file, '{"formatVersion": 99}');
    expect(await up(dataDir)).toContain('format 99');
    expect(await readFile(file, 'utf8')).toBe('{"formatVersion": 99}');
  });

  test('damaged state -> refused with a remedy; no process is left', async () => {
    await withCluster({ nodes: 1, upOptions: ['--pool-size', '1Gi'] }, async (cluster) => {
      await within(60_000, (signal) => cluster.start(signal));
      await within(60_000, (signal) => cluster.stop({ purge: false }, signal));
      await truncate(join(cluster.dataDir, 'state/data.mdb'), 20_000);
      expect(await failureOf(['up', '--detach', '--data-dir', cluster.dataDir])).toMatch(/state.*(cut off|damaged)/s);
    });
  }, 180_000);

  test('a data folder that can not be made -> one sentence', async () => {
    await writeFile(join(scratch, 'file'), '');
    expect(await up(join(scratch, 'file/data'))).toMatch(/^amarre: Cannot make the data folder/);
  });
});

/** Runs `amarre`, which must fail; gives what it said. It must never be a stack trace. */
async function failureOf(args: string[]): Promise<string> {
  const outcome = await run(process.execPath, [program, ...args]).then(
    () => undefined,
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(outcome?.code).toBe(1);
  expect(outcome?.stderr).not.toMatch(/^\s+at /m);
  return outcome?.stderr ?? '';
}
