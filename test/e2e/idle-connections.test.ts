// Do thousands of connections that say nothing hold the API server up, and does it use again what they took?

import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { loadKubeconfig } from '../../src/client/kubeconfig.ts';
import { kubectlWith } from '../fixtures/kubectl.ts';
import { poll, runningCluster } from './running-cluster.ts';

const count = 5000;
const atOnce = 50;
/** Connections and files of the cluster itself come and go; there are never so many. */
const others = 50;
const world = runningCluster({ namespaces: [], upOptions: ['--pool-size', '1Gi'] });
const open: TLSSocket[] = [];
afterAll(() => {
  for (const socket of open) socket.destroy();
});

interface Use {
  files: number;
  residentMiB: number;
}

test(`${count} connections that say nothing, twice -> others are answered, files come back, and memory is used again`, async () => {
  const { server, identity } = await loadKubeconfig(world.cluster.kubeconfig);
  const { hostname: host, port } = new URL(server);
  const kubectl = await kubectlWith(world.cluster.kubeconfig);
  const use = async (): Promise<Use> => {
    const { stdout } = await kubectl(['get', '--raw', '/metrics']);
    const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(stdout)?.[1]);
    return { files: value('process_open_fds'), residentMiB: value('process_resident_memory_bytes') / 2 ** 20 };
  };
  const dial = async (): Promise<void> => {
    const socket = connect({ host, port: Number(port), ...identity, ALPNProtocols: ['h2'] });
    open.push(socket);
    await once(socket, 'secureConnect');
    socket.on('error', () => {});
    socket.resume();
  };
  const before = await use();
  const round = async (): Promise<Use> => {
    for (let i = 0; i < count; i += atOnce) await Promise.all(Array.from({ length: atOnce }, dial));
    const during = await use();
    expect(during.files).toBeGreaterThan(before.files + count - others);
    expect((await kubectl(['get', 'nodes', '-o', 'name'])).stdout).toBe('node/node-1\n');
    for (const socket of open.splice(0)) socket.destroy();
    await poll('the connections to be closed', async () => (await use()).files < before.files + others);
    return during;
  };

  const [first, second] = [await round(), await round()];
  process.stdout.write(
    `${count} connections, twice: ${JSON.stringify({ before, first, second, after: await use() })}\n`,
  );
  // What the first ones left is there for the second: a leak would take as much again.
  const taken = first.residentMiB - before.residentMiB;
  expect(second.residentMiB - first.residentMiB).toBeLessThan(taken / 2);
  await kubectl.dispose();
});
