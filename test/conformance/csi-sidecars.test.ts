// Does a CSI sidecar of the Kubernetes project work with this API server and this driver? The external attacher, a Go
// client that speaks protobuf, attaches a volume and lets it go by itself.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import type { TestAnswer } from '../../src/apiserver/testing.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import {
  call,
  type Fixture,
  mountCapability,
  report,
  startFixture,
  whyNoBlockMode,
} from '../../src/csi/drivers/local/driver.fixture.ts';
import { type Kubectl, kubectlFor } from '../fixtures/kubectl.ts';

const attacher = join(import.meta.dirname, '../../node_modules/.cache/amarre/sidecars/csi-attacher-v4.13.0');
const why = await access(attacher).then(whyNoBlockMode, () => '`sh scripts/build-sidecars.sh` has not built it');
if (why) report(`the CSI attacher is not run here: ${why}`);

const driver = 'local.csi.amarre.io';
const volumes = '/api/v1/persistentvolumes';
const attachments = '/apis/storage.k8s.io/v1/volumeattachments';

describe.skipIf(why)('the CSI attacher', () => {
  let server: HttpsTestServer;
  let fixture: Fixture;
  let kubectl: Kubectl;
  let child: ChildProcess;
  let log = '';

  beforeAll(async () => {
    const identities = await testIdentities();
    server = await startHttpsTestServer(identities);
    fixture = await startFixture({ mode: 'block' });
    kubectl = await kubectlFor(server.url, identities.admin);
    await server.create('/api/v1/nodes', { metadata: { name: 'node-1' } });
    await server.create('/apis/storage.k8s.io/v1/csinodes', {
      metadata: { name: 'node-1' },
      spec: { drivers: [{ name: driver, nodeID: 'node-1', topologyKeys: [] }] },
    });
    const config = kubectl.command.env['KUBECONFIG'] ?? '';
    const words = [`--csi-address=${fixture.folder}/run/controller.sock`, `--kubeconfig=${config}`, '--v=4'];
    child = spawn(attacher, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (chunk: Buffer) => (log = `${log}${chunk}`.slice(-20_000)));
  }, 120_000);
  afterAll(async () => {
    const gone = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await gone;
    await kubectl.dispose();
    await server.stop();
    await fixture.close();
  }, 60_000);

  /** Reads `path` until it is as wanted; what the attacher wrote is in the error. */
  async function until(path: string, isSo: (answer: TestAnswer) => boolean): Promise<TestAnswer['json']> {
    let answer: TestAnswer | undefined;
    const check = async (): Promise<boolean> => isSo((answer = await server.call(`GET ${path}`)));
    const limit = { what: path, timeoutMs: 60_000, signal: new AbortController().signal };
    await clock
      .withTimeout(limit, (signal) => pollUntil(check, { clock, signal, intervalMs: 50 }))
      .catch((cause: unknown) => {
        throw new Error(`${JSON.stringify(answer?.json)}\n${log}`, { cause });
      });
    return (answer as TestAnswer).json;
  }

  const statusOf = ({ json }: TestAnswer) =>
    (json['status'] ?? {}) as { attached?: boolean; attachError?: { message?: string } };

  async function createVolume(name: string): Promise<void> {
    const request = { name, volumeCapabilities: [mountCapability], capacityRange: { requiredBytes: 320 * 2 ** 20 } };
    const { volume } = await fixture.controller.controller.createVolume(request, call);
    await server.create(volumes, {
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '320Mi' },
        csi: { driver, volumeHandle: volume?.volumeId ?? '', fsType: 'xfs' },
      },
    });
  }
  const attachment = (name: string, volume: string): object => ({
    metadata: { name },
    spec: { attacher: driver, nodeName: 'node-1', source: { persistentVolumeName: volume } },
  });
  const finalizer = `external-attacher/${driver.replaceAll('.', '-')}`;

  test('an attachment -> attached, with its finalizers; deleted, it is detached and goes', async () => {
    await createVolume('one');
    await server.create(attachments, attachment('a', 'one'));
    const attached = await until(`${attachments}/a`, (answer) => statusOf(answer).attached === true);
    expect(attached.metadata.finalizers).toEqual([finalizer]);
    expect((await server.call(`GET ${volumes}/one`)).json.metadata.finalizers).toContain(finalizer);
    await server.call(`DELETE ${attachments}/a`);
    await until(`${attachments}/a`, ({ status }) => status === 404);
  });

  test('a volume that the driver does not have -> the reason is on the attachment', async () => {
    const csi = { driver, volumeHandle: 'nowhere' };
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, csi };
    await server.create(volumes, { metadata: { name: 'lost' }, spec });
    await server.create(attachments, attachment('b', 'lost'));
    // Its first try may come before its own watch has shown it the volume.
    const names = (answer: TestAnswer): boolean => statusOf(answer).attachError?.message?.includes('nowhere') === true;
    expect((await until(`${attachments}/b`, names))['status']).toMatchObject({ attached: false });
  });
});
