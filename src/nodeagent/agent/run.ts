// What does a node do for its pods? The agent: the kubelet's part, with a supervisor that outlives it.

import { setMaxListeners } from 'node:events';
import type { AgentConfig } from '../config.ts';
import { nodeMetricsText } from '../server/metrics.ts';
import { serveKubelet } from '../server/server.ts';
import { type StatsSummary, statsSummary } from '../server/stats.ts';
import { UsageSampler } from '../server/usage-sampler.ts';
import { podVolumes } from '../volumes/desired.ts';
import { type AgentDeps, type AgentParts, assembleAgent } from './assemble.ts';
import { discoverDriver, registerDriver } from './csi-registration.ts';
import { keepLease } from './lease.ts';
import { readMachine } from './machine.ts';
import type { MachineFacts } from './node-object.ts';

/**
 * Runs the agent of one node until `signal` aborts; pods go on. Rejects only if the kubelet API's address is taken,
 * or on a broken invariant.
 */
export async function runAgent(config: AgentConfig, deps: AgentDeps, signal: AbortSignal): Promise<void> {
  const agent = new Agent(config, deps, await readMachine(config.nodeDir));
  await agent.run(signal);
}

const supervisorPollMs = 1_000;

class Agent {
  readonly #config: AgentConfig;
  readonly #deps: AgentDeps;
  readonly #parts: AgentParts;
  readonly #usage: UsageSampler;

  constructor(config: AgentConfig, deps: AgentDeps, machine: MachineFacts) {
    this.#config = config;
    this.#deps = deps;
    this.#parts = assembleAgent(config, deps, machine);
    this.#usage = new UsageSampler({ runtime: this.#parts.supervisor, clock: deps.clock });
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    // Every pod and every watch listens for the end.
    setMaxListeners(0, stop.signal);
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.#listen();
    const until = stop.signal;
    const parts = [
      this.#parts.caches.run(until),
      this.#parts.sink.run(until),
      this.#parts.cache.run(until),
      this.#followSupervisor(until),
      this.#parts.registration.run(until),
      this.#keepLease(until),
      this.#useDriver(until),
      this.#runPods(until),
      this.#serve(until),
    ];
    try {
      await Promise.all(parts);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
      signal.removeEventListener('abort', onAbort);
      this.#parts.prober.stopAll();
      await Promise.allSettled(parts);
      this.#parts.driver.close();
    }
  }

  #listen(): void {
    const { pods, claims, volumes, attachments } = this.#parts.caches;
    pods.onChange((change) => {
      this.#parts.pods.take(change);
      this.#parts.volumes.wake();
    });
    for (const informer of [claims, volumes, attachments]) {
      informer.onChange(() => {
        this.#parts.volumes.wake();
        this.#parts.pods.wake();
      });
    }
  }

  // Workers may judge what they find only when they know what should be there.
  async #runPods(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!(this.#parts.caches.areSynced && this.#parts.cache.hasSnapshot) && !signal.aborted)
      await clock.sleep(10, signal).catch(() => {});
    if (signal.aborted) return;
    log.info('caches are filled', {
      pods: this.#parts.caches.pods.list().length,
      containers: this.#parts.cache.all().length,
    });
    await Promise.all([this.#parts.volumes.run(signal), this.#parts.pods.run(signal)]);
  }

  // Nobody asks before the node is there; until then the machine is needed for becoming Ready.
  async #serve(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    const { pods, supervisor, registration } = this.#parts;
    while (!registration.isReady && !signal.aborted) await clock.sleep(10, signal).catch(() => {});
    if (signal.aborted) return;
    const stats = (bounded: AbortSignal): Promise<object> => this.#stats(bounded);
    const metrics = (bounded: AbortSignal): Promise<string> => this.#metrics(bounded);
    await Promise.all([
      serveKubelet({ config: this.#config, pods, runtime: supervisor, stats, metrics, clock, log }, signal),
      this.#usage.run(signal),
    ]);
  }

  async #followSupervisor(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const before = this.#parts.state.supervisorInfo;
      this.#parts.state.supervisorInfo = await this.#parts.supervisor.info(signal).catch(() => undefined);
      if (this.#parts.state.supervisorInfo?.bootID !== before?.bootID) this.#parts.registration.wake();
      await clock.sleep(this.#parts.state.supervisorInfo ? supervisorPollMs : 20, signal).catch(() => {});
    }
  }

  async #useDriver(signal: AbortSignal): Promise<void> {
    const deps = {
      nodeName: this.#config.nodeName,
      driver: this.#parts.driver,
      client: this.#deps.client,
      clock: this.#deps.clock,
      log: this.#deps.log,
    };
    try {
      this.#parts.state.registered = await discoverDriver(deps, signal);
      this.#parts.registration.wake();
      this.#parts.volumes.wake();
      await registerDriver(this.#parts.state.registered, deps, signal);
      this.#deps.log.info('registered CSI driver', {
        driver: this.#parts.state.registered.name,
        nodeID: this.#parts.state.registered.nodeID,
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #keepLease(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#deps;
    const { nodeName, leaseRenewMs, leaseDurationSeconds, deadManMs } = this.#config;
    const boottimeMs = deadManMs === undefined ? undefined : (await import('../../base/kernel-process.ts')).boottimeMs;
    const onRenewed = async (sentAt: number | undefined, until: AbortSignal): Promise<void> => {
      if (sentAt === undefined || deadManMs === undefined) return;
      await this.#parts.supervisor.pet(sentAt + deadManMs, until);
      if (this.#parts.state.isDeadManArmed) return;
      this.#parts.state.isDeadManArmed = true;
      this.#parts.registration.wake();
    };
    const onGap = (gapMs: number): void => {
      log.warn('the agent or its connection stood still', { gapMs: Math.round(gapMs) });
      this.#parts.caches.relist();
    };
    await keepLease(
      {
        nodeName,
        renewMs: leaseRenewMs,
        durationSeconds: leaseDurationSeconds,
        client,
        clock,
        log,
        boottimeMs,
        onRenewed,
        onGap,
      },
      signal,
    );
  }

  async #metrics(signal: AbortSignal): Promise<string> {
    const [summary, others = []] = await Promise.all([this.#stats(signal), this.#deps.metrics?.()]);
    const records = this.#parts.cache.all();
    const containers = new Map<string, number>();
    for (const { state } of records) containers.set(state, (containers.get(state) ?? 0) + 1);
    const running = records.filter(({ state }) => state === 'running');
    const runningPods = new Set(running.map(({ podUID }) => podUID)).size;
    return nodeMetricsText({ summary, containers, runningPods, others });
  }

  #stats(signal: AbortSignal): Promise<StatsSummary> {
    const { driver, pods, state, lookups } = this.#parts;
    return statsSummary(
      {
        nodeName: this.#config.nodeName,
        nodeDir: this.#config.nodeDir,
        driver,
        driverName: () => state.registered?.name,
        workers: () => pods.workers(),
        clock: this.#deps.clock,
        usageOf: (id) => this.#usage.usageOf(id),
        volumeOf: (worker, volumeName) => {
          const found =
            worker.pod &&
            podVolumes(worker.pod, { isLeaving: false, isRunning: false }, lookups).find(
              (one) => one.volumeName === volumeName,
            );
          return found?.type === 'csi' ? { pvName: found.pvName, volumeHandle: found.desired.volumeHandle } : undefined;
        },
      },
      signal,
    );
  }
}
