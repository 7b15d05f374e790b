// What does a user get who asks for what can't be? A clear error, and nothing is lost.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StatusError } from '../../src/apimachinery/status-error.ts';
import type { PersistentVolumeClaim } from '../../src/apis/core/generated/v1.ts';
import { persistentVolumeClaims } from '../../src/apis/resources.ts';
import { freePort } from '../../src/base/free-port.ts';
import { program, withCluster, within } from './demo-run.ts';
import { immediateClass, runningCluster } from './running-cluster.ts';
import { mountSmall } from './small-disk.ts';

const run = promisify(execFile);
const namespace = 'bad-input';

describe('on a running cluster', () => {
  const world = runningCluster({ namespaces: [namespace], upOptions: ['--pool-size', '2Gi'] });
  const { signal } = world;

  function claim(name: string, storage: string, storageClassName = immediateClass) {
    return {
      metadata: { name, namespace },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
    };
  }

  test('a claim for an unknown class -> stays Pending, and its event says why', async () => {
    await world.client.create(persistentVolumeClaims, claim('unknown-class', '300Mi', 'no-such-class'), signal);
    expect(await world.eventOf({ namespace, name: 'unknown-class' }, 'ProvisioningFailed')).toContain(
      '"no-such-class" not found',
    );
    expect(
      (await world.client.get(persistentVolumeClaims, { namespace, name: 'unknown-class' }, signal)).status?.phase,
    ).toBe('Pending');
  });

  test.each(['0', '-1Gi'])('a claim of size %s -> Invalid, with the field', async (size) => {
    const error = await world.client
      .create(persistentVolumeClaims, claim('no-size', size), signal)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ reason: 'Invalid', code: 422 });
    expect(String(error)).toContain('spec.resources');
  });

  test('a claim below 300 MiB -> rounded up, since XFS needs it', async () => {
    await world.client.create(persistentVolumeClaims, claim('small', '10Mi'), signal);
    const bound = await world.until(
      persistentVolumeClaims,
      { namespace, name: 'small' },
      ({ status }) => status?.phase === 'Bound',
    );
    expect(bound.status?.capacity?.['storage']).toBe('300Mi');
  });

  test('a shrink -> refused, and the claim is as it was', async () => {
    const at = { namespace, name: 'shrunk' };
    await world.client.create(persistentVolumeClaims, claim('shrunk', '400Mi'), signal);
    await world.until(persistentVolumeClaims, at, ({ status }) => status?.phase === 'Bound');
    const body = { spec: { resources: { requests: { storage: '310Mi' } } } };
    const error = await world.client
      .patch<PersistentVolumeClaim>(persistentVolumeClaims, { at, body }, signal)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: 'Invalid', code: 422 });
    expect(String(error)).toContain('can not be less than');
    const { spec, status } = await world.client.get(persistentVolumeClaims, at, signal);
    expect([spec?.resources?.requests?.['storage'], status?.phase]).toEqual(['400Mi', 'Bound']);
  });

  test('the pool of volumes -> every block of it is taken from the disk', async () => {
    const { blocks, size } = await stat(join(world.cluster.dataDir, 'pool.img'));
    expect(size).toBe(2 * 2 ** 30);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
  });

  test('a second `up` on the same data folder -> says that it runs; the first goes on', async () => {
    const before = await world.cluster.facts(signal);
    const message = await failureOf(['up', '--detach', '--data-dir', world.cluster.dataDir]);
    expect(message).toMatch(/already|running/i);
    expect((await world.cluster.facts(signal)).components).toEqual(before.components);
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

  test('a disk that the pool would fill up to the reserve -> refused, and nothing is left of it', async () => {
    const disk = await mountSmall(join(scratch, 'disk'), '1500M');
    try {
      const dataDir = join(disk.path, 'data');
      const message = await up(dataDir);
      expect(message).toMatch(/must stay free; free some space or ask for a smaller pool/);
      expect(await readdir(dataDir)).not.toContain('pool.img');
      expect(await readdir(dataDir)).not.toContain('amarre.json');
    } finally {
      await disk.unmount();
    }
  });

  test.each<{ name: string; text: string; says: string }>([
    { name: 'of a newer format', text: '{"formatVersion": 99}', says: 'format 99' },
    { name: 'whose file was cut off', text: '{"formatVersion": 1, "nod', says: 'is damaged' },
    { name: 'of something else', text: '{"name": "shop"}', says: "it is not a cluster's" },
  ])('a data folder $name -> refused and unchanged', async ({ text, says }) => {
    const dataDir = await mkdtemp(join(scratch, 'format-'));
    const file = join(dataDir, 'amarre.json');
    await writeFile(file, text);
    expect(await up(dataDir)).toContain(says);
    expect(await readFile(file, 'utf8')).toBe(text);
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
