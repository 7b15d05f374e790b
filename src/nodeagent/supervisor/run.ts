// What keeps a node's pods alive, and what surely ends them? One supervisor per node, the parent of all its containers.

import { defaultKubeletPort } from '../../apis/core/kubelet-port.ts';
import type { Clock } from '../../base/clock.ts';
import { isListening } from '../../base/listening.ts';
import type { Logger } from '../../base/log.ts';
import { pollUntil } from '../../base/poll.ts';
import type { Random } from '../../base/random.ts';
import { nodePaths, type SupervisorConfig } from '../config.ts';
import { detectRuntime } from '../runtime/process/detect.ts';
import { ProcessRuntime } from '../runtime/process/process-runtime.ts';
import { runProgram } from '../runtime/program.ts';
import { bootNode } from './boot.ts';
import { Children } from './children.ts';
import { DeadMan } from './dead-man.ts';
import { fenceVolumes } from './fence.ts';
import { serveFence } from './fence-server.ts';
import { serveSocket } from './socket-server.ts';
import { VolumeTable } from './volume-table.ts';

export interface SupervisorDeps {
  clock: Clock;
  random: Random;
  log: Logger;
}

/**
 * Runs one node until `signal` aborts, then kills its containers and children. Started inside the node's network
 * and mount namespace. Its sudden death kills everything it started; the next start cleans up and has a new boot ID.
 * Rejects if a socket is taken or the wanted runtime mode is not possible.
 */
export async function runSupervisor(
  config: SupervisorConfig,
  deps: SupervisorDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log } = deps;
  const paths = nodePaths(config.nodeDir);
  const boot = await bootNode(config, { clock, random }, signal);
  log.info('booted', { node: config.nodeName, bootID: boot.bootID });

  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const runtimeChosen = new Gate();
  const children = new Children(config.children, {
    settled: () => Promise.all([runtimeChosen.opened, untilAgentServes(config, clock, stop.signal)]),
    nodeDir: config.nodeDir,
    logsDir: paths.logs,
    clock,
    log,
    parentDeathSignal: (await runProgram(['setpriv', '--pdeathsig', 'KILL', 'true'], { signal })).exitCode === 0,
  });
  // The children take longest to be ready, so they start while the runtime is still being tried out.
  const running = [children.run(stop.signal)];
  let runtime: ProcessRuntime | undefined;
  try {
    const detected = await detectRuntime({
      mode: config.mode,
      scratchDir: config.scratchDir,
      cgroupPath: config.cgroupPath,
      signal,
    });
    log.info('chose runtime', { ...detected.description });
    runtimeChosen.open();
    runtime = new ProcessRuntime({
      nodeDir: config.nodeDir,
      scratchDir: config.scratchDir,
      address: config.address,
      hiddenPaths: config.hiddenPaths,
      detected,
      clock,
      random,
      log,
    });
    const table = await VolumeTable.open({ path: paths.fenced, bootID: boot.bootID });
    const deadMan = config.deadMan ? new DeadMan(loadTimer) : undefined;
    const owner = runtime;
    const info = () => ({
      bootID: boot.bootID,
      nodeName: config.nodeName,
      startedAt: boot.startedAt,
      runtime: detected.description,
      children: children.status(),
      ...(deadMan?.deadlineMs !== undefined && { deadManDeadlineMs: deadMan.deadlineMs }),
    });
    running.push(serveSocket(paths.supervisorSocket, { runtime: owner, table, deadMan, info }, stop.signal));
    if (config.fence) {
      const killChildren = (): Promise<void> => children.killAll(stop.signal);
      const fenceDeps = { bootID: boot.bootID, runtime: owner, table, killChildren, clock, log };
      const fence = (request: Parameters<typeof fenceVolumes>[0], until: AbortSignal) =>
        fenceVolumes(request, fenceDeps, until);
      running.push(serveFence({ ...config.fence, address: config.address, fence, log }, stop.signal));
    }
    await Promise.all(running);
  } finally {
    stop.abort();
    signal.removeEventListener('abort', onAbort);
    await runtime?.close();
    await Promise.allSettled(running);
  }
}

// An agent that takes longer than this has trouble that the others can't wait for.
const agentMs = 2_000;

/** Resolves when the agent serves its API, which it does once its node is Ready; early when `signal` aborts. */
async function untilAgentServes({ address }: SupervisorConfig, clock: Clock, signal: AbortSignal): Promise<void> {
  const giveUpAt = clock.monotonic() + agentMs;
  const isOver = async (): Promise<boolean> =>
    clock.monotonic() >= giveUpAt || (await isListening({ host: address, port: defaultKubeletPort }));
  try {
    await pollUntil(isOver, { clock, signal, intervalMs: 20 });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Something that happens once, and that others wait for. */
class Gate {
  readonly opened: Promise<void>;
  open = (): void => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

// Loading the kernel bindings costs memory that nodes without the switch need not pay.
async function loadTimer() {
  const { createDeadManTimer } = await import('../../base/kernel-process.ts');
  return createDeadManTimer();
}
