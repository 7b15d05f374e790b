import { expect, test } from 'vitest';
import type { Node } from '../../apis/core/generated/v1.ts';
import { nodes } from '../../apis/resources.ts';
import { silentLogger } from '../../base/log.ts';
import { systemClock } from '../../base/system-clock.ts';
import { FakeApi } from '../../client/fake-api.ts';
import { createClient, type KubeClient } from '../../client/kube-client.ts';
import type { Informer } from '../../client/types.ts';
import { until } from '../testing/node-fixture.ts';
import type { NodeFacts } from './node-object.ts';
import { NodeRegistration } from './node-registration.ts';

const { signal } = new AbortController();

interface Registering {
  client: KubeClient;
  bootID: string;
  /** What this agent's informer shows, for ever. */
  seen: Node | undefined;
}

function registrationOf({ client, bootID, seen }: Registering): NodeRegistration {
  const config = {
    nodeName: 'node-1',
    address: '10.0.0.1',
    kubeletPort: 10250,
    version: 'v1.36.0-amarre.1',
    labels: {},
  };
  const machine = { cpus: 2, memoryBytes: 2 ** 30, storageBytes: 2 ** 30, architecture: 'amd64', machineID: 'm' };
  const facts = { config, machine, supervisor: { bootID }, volumesInUse: [], nowMs: 0 } as unknown as NodeFacts;
  return new NodeRegistration({
    client,
    informer: { get: () => seen, onChange: () => {} } as unknown as Informer<Node>,
    facts: () => facts,
    topologyLabels: () => ({}),
    annotations: () => ({}),
    isDeadManArmed: () => false,
    onReported: () => {},
    clock: systemClock,
    log: silentLogger,
  });
}

/** Runs a registration until `isOver`. */
async function runUntil(registration: NodeRegistration, isOver: () => boolean): Promise<void> {
  const stop = new AbortController();
  const running = registration.run(stop.signal);
  await until(async () => isOver());
  stop.abort();
  await running;
}

test('the last write of an agent whose boot is over -> refused: the node keeps its new boot ID', async () => {
  const api = new FakeApi();
  const client = createClient({ transport: api, clock: systemClock });
  const first = registrationOf({ client, bootID: 'boot-1', seen: undefined });
  await runUntil(first, () => first.isReady);
  const old = await client.get<Node>(nodes, { name: 'node-1' }, signal);
  expect(old.status?.nodeInfo?.bootID).toBe('boot-1');

  const next = registrationOf({ client, bootID: 'boot-2', seen: old });
  await runUntil(next, () => next.isReady);
  const writes = api.writes.length;
  await runUntil(registrationOf({ client, bootID: 'boot-1', seen: old }), () => api.writes.length > writes);
  expect((await client.get<Node>(nodes, { name: 'node-1' }, signal)).status?.nodeInfo?.bootID).toBe('boot-2');
});
