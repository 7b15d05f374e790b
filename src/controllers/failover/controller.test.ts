import { afterEach, expect, test } from 'vitest';
import { type FenceProof, fenceProofs } from '../../apis/amarre/types.ts';
import { leases, nodes, persistentVolumeClaims, pods, volumeAttachments } from '../../apis/resources.ts';
import { attachmentName, uniqueVolumeName } from '../../apis/storage/attachments.ts';
import { epochMsOf, rfc3339Micro } from '../../base/clock.ts';
import { systemClock } from '../../base/system-clock.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { AskSupervisor } from '../../fencing/methods/ask-supervisor.ts';
import type { TombstoneEvidence } from '../../fencing/supervisor-protocol.ts';
import type { FakeCsiOptions } from '../../simulation/fake-csi-driver.ts';
import { driverName } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { withControllers } from '../../simulation/storage-controllers.ts';
import { failoverController } from './controller.ts';

let bench: StorageBench;
let volumeName: string;
let volumeHandle: string;
let asked: string[];

const nobodyAnswers: AskSupervisor = () => Promise.reject(new Error('connect EHOSTUNREACH'));
const supervisorKills: AskSupervisor = (address, { nonce, volumeHandles }) => {
  asked.push(`${address} ${volumeHandles.join(' ')}`);
  const said = {
    podUIDs: [],
    processTreeEmpty: true,
    unmounted: true,
    stoppedAt: '2026-01-01T00:00:00.000000Z',
  } satisfies Partial<TombstoneEvidence>;
  return Promise.resolve({
    nonce,
    bootID: 'boot-1',
    volumes: volumeHandles.map((handle) => ({ ...said, volumeHandle: handle })),
  });
};

interface World extends FakeCsiOptions {
  askSupervisor?: AskSupervisor;
  noFence?: boolean;
}

/** `web-0` runs on node-1 with a volume attached and in use. */
async function start({ askSupervisor = nobodyAnswers, noFence = false, ...csiOptions }: World = {}): Promise<void> {
  asked = [];
  bench = await startStorageBench((deps, fake) => {
    const csi = fake.driver();
    return [
      ...withControllers('binder', 'provisioner', 'attacher')(deps, fake),
      failoverController(deps, { csi, driver: driverName, askSupervisor, noFence }),
    ];
  }, csiOptions);
  await bench.addClass();
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  volumeName = `pvc-${metadata.uid}`;
  volumeHandle = `vol-${volumeName}`;
  for (const name of ['node-1', 'node-2', 'node-3']) await bench.addNode(name);
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  await tell('node-1', 'True');
}

afterEach(() => bench.stop());

const nameOn = (nodeName: string): string => attachmentName({ volumeHandle, driver: driverName, nodeName });
const attachedTo = (nodeName: string) =>
  bench.until(volumeAttachments, nameOn(nodeName), ({ status }) => status?.attached === true);
const noProof = async (): Promise<void> =>
  expect((await bench.client.list(fenceProofs, {}, bench.signal)).items).toEqual([]);

async function tell(nodeName: string, status: string, bootID = 'boot-1'): Promise<void> {
  const volumesInUse = nodeName === 'node-1' ? [uniqueVolumeName(driverName, volumeHandle)] : [];
  await bench.setNode(nodeName, { ready: status, bootID, volumesInUse });
}

function proof(): Promise<FenceProof> {
  return bench.until(fenceProofs, `${volumeName}-1`, () => true);
}

test('a dead node: revoked, proven, pod deleted, volume attached elsewhere', async () => {
  await start();
  const { metadata } = await attachedTo('node-1');
  const pod = await bench.client.get(pods, { namespace: 'default', name: 'web-0' }, bench.signal);
  await tell('node-1', 'Unknown');
  const { spec } = await proof();
  expect(spec).toMatchObject({
    class: 'Gate',
    volumeName,
    volumeHandle,
    nodeName: 'node-1',
    bootID: 'boot-1',
    epoch: 1,
    attachmentUID: metadata.uid,
    podUIDs: [pod.metadata.uid],
    cause: 'NodeUnresponsive',
    evidence: { drained: 'true', device: '/dev/loop4' },
  });
  await bench.untilGone(pods, 'web-0');
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
  await bench.addPod('web-0', { claim: 'data', node: 'node-2' });
  expect((await attachedTo('node-2')).status?.attachmentMetadata?.['epoch']).toBe('2');
  const calls = bench.csi.calls.map((call) => call.split(' ')[0]);
  expect(calls.indexOf('revoke')).toBeLessThan(calls.indexOf('controllerUnpublishVolume'));
  expect(await bench.event('node-1', 'FencingStarted')).toContain('NodeUnresponsive');
  expect(await bench.event(volumeName, 'VolumeFenced')).toContain('Gate, epoch 1');
  expect(await bench.event('web-0', 'FailoverStarted')).toContain(`${volumeName} (Gate, epoch 1)`);
});

test('a frozen agent: the supervisor is asked before the storage closes', async () => {
  await start({ askSupervisor: supervisorKills });
  await tell('node-1', 'Unknown');
  await bench.untilGone(pods, 'web-0');
  expect(asked[0]).toBe(`127.0.0.9 ${volumeHandle}`);
  expect((await proof()).spec.class).toBe('Gate');
});

test('no gate, but the supervisor answers -> Tombstone', async () => {
  await start({ askSupervisor: supervisorKills, gateOffered: false });
  await tell('node-1', 'Unknown');
  await bench.untilGone(pods, 'web-0');
  expect((await proof()).spec).toMatchObject({
    class: 'Tombstone',
    evidence: { processTreeEmpty: 'true', unmounted: 'true' },
  });
});

test('no gate and no answer -> withheld, and the missing proof is named', async () => {
  await start({ gateOffered: false });
  await tell('node-1', 'Unknown');
  const message = await bench.event('node-1', 'FencingWithheld');
  expect(message).toContain('Gate: not offered by the storage; Tombstone: the supervisor did not answer');
  await bench.until(pods, 'web-0', ({ metadata }) => !metadata.deletionTimestamp);
  await noProof();
  await attachedTo('node-1');
});

test("no gate, no answer, an armed dead-man's switch -> after the wait, and not before", async () => {
  await start({ gateOffered: false });
  const body = { metadata: { annotations: { 'amarre.io/dead-man-ms': '10' } } };
  await bench.client.patch(nodes, { at: { name: 'node-1' }, body }, bench.signal);
  await bench.client.create(
    leases,
    { metadata: { namespace: 'kube-node-lease', name: 'node-1' }, spec: { renewTime: '2026-01-01T00:00:00.000000Z' } },
    bench.signal,
  );
  await systemClock.sleep(50, bench.signal);
  const startedMs = systemClock.monotonic();
  await tell('node-1', 'Unknown');
  const { spec } = await proof();
  expect(spec.class).toBe('DeadMan');
  expect(Number(spec.evidence['silentMs'])).toBeGreaterThanOrEqual(Number(spec.evidence['waitMs']));
  expect(systemClock.monotonic() - startedMs).toBeGreaterThan(700);
});

test('no gate, no answer, and a person takes the node out of service -> Attestation by their name, if they said so in this silence', async () => {
  await start({ gateOffered: false });
  const node = async (body: object): Promise<void> =>
    void (await bench.client.patch(nodes, { at: { name: 'node-1' }, body }, bench.signal));
  const taint = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' };
  await node({ spec: { taints: [taint] }, metadata: { annotations: { 'amarre.io/out-of-service-by': 'forged' } } });
  await systemClock.sleep(5, bench.signal);
  const suspectedAt = rfc3339Micro(systemClock.now());
  await node({ metadata: { annotations: { 'amarre.io/suspected-at': suspectedAt } } });
  await tell('node-1', 'Unknown');
  expect(await bench.event('node-1', 'FencingWithheld')).toContain('before the node fell silent');
  await noProof();
  await systemClock.sleep(5, bench.signal);
  await node({ spec: { taints: [] } });
  await node({ spec: { taints: [taint] } });
  const { spec } = await proof();
  expect(spec).toMatchObject({ class: 'Attestation', evidence: { by: 'amarre-admin', suspectedAt } });
  expect(epochMsOf(spec.evidence['at'] ?? '')).toBeGreaterThanOrEqual(epochMsOf(suspectedAt));
  await bench.untilGone(pods, 'web-0');
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
});

test('a node that has just renewed its lease is not fenced, whatever its status says', async () => {
  await start();
  const spec = { renewTime: '2026-01-01T00:00:00.000000Z' };
  await bench.client.create(leases, { metadata: { namespace: 'kube-node-lease', name: 'node-1' }, spec }, bench.signal);
  await tell('node-1', 'Unknown');
  await systemClock.sleep(400, bench.signal);
  await tell('node-1', 'True');
  await noProof();
  expect(bench.csi.revoked).toEqual([]);
});

test('most nodes silent at once -> nobody is fenced until it is fewer', async () => {
  await start();
  await Promise.all([tell('node-2', 'Unknown'), tell('node-3', 'Unknown')]);
  await tell('node-1', 'Unknown');
  expect(await bench.event('node-1', 'FencingWithheld')).toBe(
    '3 of 3 nodes are silent at the same time: fencing waits until it is fewer than half',
  );
  await noProof();
  await Promise.all([tell('node-2', 'True'), tell('node-3', 'True')]);
  await bench.untilGone(pods, 'web-0');
});

test('the storage does not answer at first -> asked again until it does', async () => {
  await start();
  bench.csi.failNext('revoke', new RpcError('UNAVAILABLE', 'gone'), new RpcError('DEADLINE_EXCEEDED', 'slow'));
  await tell('node-1', 'Unknown');
  await bench.untilGone(pods, 'web-0');
  expect(bench.csi.revoked).toHaveLength(1);
});

test('killed between revoke and proof -> proven by the next process', async () => {
  await start();
  const release = bench.csi.hold('revoke');
  await tell('node-1', 'Unknown');
  while (!bench.csi.calls.some((call) => call.startsWith('revoke'))) await systemClock.sleep(5, bench.signal);
  const restarted = bench.restart();
  release();
  await restarted;
  await bench.untilGone(pods, 'web-0');
  expect((await proof()).spec.epoch).toBe(1);
});

test('the node comes back while it is being fenced -> its pod is deleted, so that it starts on a new epoch', async () => {
  await start();
  const release = bench.csi.hold('revoke');
  await tell('node-1', 'Unknown');
  while (!bench.csi.calls.some((call) => call.startsWith('revoke'))) await systemClock.sleep(5, bench.signal);
  await tell('node-1', 'True');
  release();
  await bench.untilGone(pods, 'web-0');
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  expect((await attachedTo('node-1')).status?.attachmentMetadata?.['epoch']).toBe('2');
});

test('a node that rebooted before anybody suspected it -> its pod starts anew on a new epoch', async () => {
  await start();
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'web-uid', controller: true };
  await bench.client.patch(
    pods,
    { at: { namespace: 'default', name: 'web-0' }, body: { metadata: { ownerReferences: [owner] } } },
    bench.signal,
  );
  await tell('node-1', 'True', 'boot-2');
  await bench.untilGone(pods, 'web-0');
  expect((await proof()).spec).toMatchObject({ cause: 'NodeRebooted', class: 'Gate', bootID: 'boot-2' });
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
});

test('a node that rebooted under a pod that nobody creates again -> the pod stays and gets a new epoch of the new boot', async () => {
  await start();
  await tell('node-1', 'True', 'boot-2');
  await bench.until(
    volumeAttachments,
    nameOn('node-1'),
    ({ metadata, status }) =>
      status?.attachmentMetadata?.['epoch'] === '2' && metadata.annotations?.['amarre.io/boot-id'] === 'boot-2',
  );
  expect((await proof()).spec).toMatchObject({ cause: 'NodeRebooted', podUIDs: [] });
  const pod = await bench.client.get(pods, { namespace: 'default', name: 'web-0' }, bench.signal);
  expect(pod.metadata.deletionTimestamp).toBeUndefined();
});

test('sabotage: nobody is asked to kill the writers', async () => {
  await start({ askSupervisor: supervisorKills, noFence: true });
  await tell('node-1', 'Unknown');
  await bench.untilGone(pods, 'web-0');
  expect(asked).toEqual([]);
});
