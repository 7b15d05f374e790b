import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pollUntil } from '../base/poll.ts';
import { systemClock } from '../base/system-clock.ts';
import { powerOffFile } from './components.ts';
import { type ClusterSpec, dataFolder } from './data-folder.ts';
import { type FaultContext, faults } from './faults.ts';
import { findProcesses } from './processes.ts';

const { signal } = new AbortController();
const node = { name: 'node-1', zone: 'zone-a', address: '127.0.0.1' };

async function newContext(): Promise<FaultContext> {
  const root = await mkdtemp(join(tmpdir(), 'amarre-faults-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = dataFolder(root);
  await mkdir(folder.node(node.name), { recursive: true });
  const spec = { nodes: [node], network: 'loopback' } as unknown as ClusterSpec;
  return { folder, spec, cgroupRoot: undefined, clock: systemClock, cutDevices: async () => [] };
}

/** A process with an agent's command line, which waits. */
async function startAgent({ folder }: FaultContext): Promise<void> {
  const program = join(folder.root, 'agent.js');
  await writeFile(program, 'console.log("up"); setInterval(() => {}, 60_000);');
  const child = spawn('node', [program, folder.root, node.name], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

/** Waits until the agent's state is one of `wanted`; see proc(5). */
function agentIs(wanted: string, { folder, clock }: FaultContext): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const [agent] = await findProcesses(folder.root);
    return agent !== undefined && wanted.includes(agent.state);
  };
  return pollUntil(isSo, { clock, signal, intervalMs: 5 });
}

test('freeze, then thaw -> the agent is stopped, then goes on', async () => {
  const context = await newContext();
  await startAgent(context);
  await faults.freeze(context, node, signal);
  await agentIs('T', context);
  await faults.thaw(context, node, signal);
  await agentIs('SR', context);
});

test('freeze where no agent runs -> refused', async () => {
  await expect(faults.freeze(await newContext(), node, signal)).rejects.toThrow(
    'Cannot freeze node-1: its agent is not running',
  );
});

test('thaw after the dead-man’s switch has ended the frozen agent -> nothing is left to continue', async () => {
  await faults.thaw(await newContext(), node, signal);
});

test('thaw of a node without power -> says what switches it on', async () => {
  const context = await newContext();
  await writeFile(powerOffFile(context.folder, node.name), '');
  await expect(faults.thaw(context, node, signal)).rejects.toThrow(
    'Cannot thaw node-1: its power is cut; `amarre node heal node-1` switches it on',
  );
});
