// What does a node do for its pods? The agent: the kubelet's part, with a supervisor that outlives it.

import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { createEventSink } from '../../client/recorder.ts';
import type { Client } from '../../client/types.ts';
import { connectDriver } from '../../csi/client.ts';
import type { AgentConfig } from '../config.ts';
import { PodManager } from '../pods/manager.ts';
import { RuntimeCache } from '../pods/runtime-cache.ts';
import { Prober } from '../probes/prober.ts';
import { connectSupervisor } from '../runtime/supervisor-client.ts';
import { serveKubelet } from '../server/server.ts';
import { statsSummary } from '../server/stats.ts';
import type { SupervisorInfo } from '../supervisor/protocol.ts';
import { CsiMounter } from '../volumes/csi-mounter.ts';
import { podVolumes, type VolumeLookups } from '../volumes/desired.ts';
import { VolumeManager } from '../volumes/manager.ts';
import { AgentCaches } from './caches.ts';
import { discoverDriver, type RegisteredDriver, registerDriver } from './csi-registration.ts';
import { keepLease } from './lease.ts';
import { readMachine } from './machine.ts';
import { NodeRegistration } from './node-registration.ts';

export interface AgentDeps {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
}

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
  readonly #machine;
  readonly #supervisor;
  readonly #driver;
  readonly #caches;
  readonly #sink;
  readonly #cache: RuntimeCache;
  readonly #volumes: VolumeManager;
  readonly #pods: PodManager;
  readonly #prober: Prober;
  readonly #registration: NodeRegistration;
  #reportedInUse = new Set<string>();
  #registered: RegisteredDriver | undefined;
  #supervisorInfo: SupervisorInfo | undefined;
  #isDeadManArmed = false;

  constructor(config: AgentConfig, deps: AgentDeps, machine: Awaited<ReturnType<typeof readMachine>>) {
    const { client, clock, random, log } = deps;
    const { nodeName, nodeDir, address } = config;
    this.#config = config;
    this.#deps = deps;
    this.#machine = machine;
    this.#supervisor = connectSupervisor(config.supervisorSocket);
    this.#driver = connectDriver(config.csiSocket, { clock });
    this.#caches = new AgentCaches(nodeName, { client, clock, random, log });
    this.#sink = createEventSink({ client, clock, random, log, instance: nodeName });
    const recorder = this.#sink.recorder('kubelet');
    const onPodChange = (podUIDs: Iterable<string> | undefined): void => this.#pods.wake(podUIDs);
    this.#prober = new Prober({ runtime: this.#supervisor, recorder, address, clock, random, onChange: (podUID) => onPodChange([podUID]) });
    this.#cache = new RuntimeCache({
      runtime: this.#supervisor, clock, log,
      onChange: (podUID) => {
        onPodChange(podUID === undefined ? undefined : [podUID]);
        this.#volumes.wake();
      },
      onFenced: ({ volumeHandle, epoch }) => {
        log.warn('a volume of this node was fenced', { volumeHandle, epoch });
        this.#volumes.forgetLostMounts().catch((error: unknown) => log.error('cannot read the mounts', { error }));
      },
    });
    const mounter = new CsiMounter({
      nodeDir, nodeName, driver: this.#driver, supervisor: this.#supervisor, client, canChown: process.getuid?.() === 0,
      capabilities: () => this.#registered?.capabilities ?? new Set(),
      csiDriver: (name) => this.#caches.drivers.get(name),
    });
    this.#volumes = new VolumeManager({
      nodeDir, mounter, lookups: this.#lookups(), pods: () => this.#pods.managed(),
      isComplete: () => this.#caches.areSynced && this.#cache.hasSnapshot,
      onChange: onPodChange, onInUseChange: () => this.#registration.wake(), client, recorder, clock, log,
    });
    const allocatable = { cpu: String(machine.cpus), memory: String(machine.memoryBytes) };
    this.#pods = new PodManager({
      runtime: this.#supervisor, cache: this.#cache, volumes: this.#volumes, prober: this.#prober, client, recorder, clock, log,
      nodeDir, address, allocatable, canMount: process.getuid?.() === 0,
    });
    this.#registration = new NodeRegistration({
      client, clock, log, informer: this.#caches.node,
      facts: () => ({ config, machine, supervisor: this.#supervisorInfo, volumesInUse: this.#volumes.volumesInUse(), nowMs: clock.now() }),
      topologyLabels: () => this.#registered?.topology ?? {},
      annotations: () => this.#nodeIdAnnotation(),
      isDeadManArmed: () => this.#isDeadManArmed,
      onReported: (names) => {
        this.#reportedInUse = new Set(names);
        this.#volumes.wake();
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const stop = new AbortController();
    // Every pod and every watch listens for the end.
    setMaxListeners(0, stop.signal);
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.#listen();
    const until = stop.signal;
    const parts = [
      this.#caches.run(until),
      this.#sink.run(until),
      this.#cache.run(until),
      this.#followSupervisor(until),
      this.#registration.run(until),
      this.#keepLease(until),
      this.#useDriver(until),
      this.#runPods(until),
      serveKubelet({ config: this.#config, pods: this.#pods, runtime: this.#supervisor, stats: (bounded) => this.#stats(bounded), clock, log: this.#deps.log }, until),
    ];
    try {
      await Promise.all(parts);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
      signal.removeEventListener('abort', onAbort);
      this.#prober.stopAll();
      await Promise.allSettled(parts);
      this.#driver.close();
    }
  }

  #listen(): void {
    const { pods, claims, volumes, attachments } = this.#caches;
    pods.onChange((change) => {
      this.#pods.take(change);
      this.#volumes.wake();
    });
    for (const informer of [claims, volumes, attachments]) {
      informer.onChange(() => {
        this.#volumes.wake();
        this.#pods.wake();
      });
    }
  }

  // Workers may judge what they find only when they know what should be there.
  async #runPods(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!(this.#caches.areSynced && this.#cache.hasSnapshot) && !signal.aborted) await clock.sleep(10, signal).catch(() => {});
    if (signal.aborted) return;
    log.info('caches are filled', { pods: this.#caches.pods.list().length, containers: this.#cache.all().length });
    await Promise.all([this.#volumes.run(signal), this.#pods.run(signal)]);
  }

  async #followSupervisor(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const before = this.#supervisorInfo;
      this.#supervisorInfo = await this.#supervisor.info(signal).catch(() => undefined);
      if (this.#supervisorInfo?.bootID !== before?.bootID) this.#registration.wake();
      await clock.sleep(this.#supervisorInfo ? supervisorPollMs : 20, signal).catch(() => {});
    }
  }

  async #useDriver(signal: AbortSignal): Promise<void> {
    const deps = { nodeName: this.#config.nodeName, driver: this.#driver, client: this.#deps.client, clock: this.#deps.clock, log: this.#deps.log };
    try {
      this.#registered = await discoverDriver(deps, signal);
      this.#registration.wake();
      this.#volumes.wake();
      await registerDriver(this.#registered, deps, signal);
      this.#deps.log.info('registered CSI driver', { driver: this.#registered.name, nodeID: this.#registered.nodeID });
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
      await this.#supervisor.pet(sentAt + deadManMs, until);
      if (this.#isDeadManArmed) return;
      this.#isDeadManArmed = true;
      this.#registration.wake();
    };
    const onGap = (gapMs: number): void => {
      log.warn('the agent or its connection stood still', { gapMs: Math.round(gapMs) });
      this.#caches.relist();
    };
    await keepLease({ nodeName, renewMs: leaseRenewMs, durationSeconds: leaseDurationSeconds, client, clock, log, boottimeMs, onRenewed, onGap }, signal);
  }

  #lookups(): VolumeLookups {
    return {
      nodeName: this.#config.nodeName,
      claim: (namespace, name) => this.#caches.claims.get(`${namespace}/${name}`),
      volume: (name) => this.#caches.volumes.get(name),
      attachment: (name) => this.#caches.attachments.get(name),
      isAttachRequired: (driver) => this.#caches.drivers.get(driver)?.spec.attachRequired ?? true,
      // Nothing can be mounted before the plugin has said what it can do.
      isReportedInUse: (name) => this.#registered !== undefined && this.#reportedInUse.has(name),
    };
  }

  #nodeIdAnnotation(): Record<string, string> {
    return this.#registered ? { 'csi.volume.kubernetes.io/nodeid': JSON.stringify({ [this.#registered.name]: this.#registered.nodeID }) } : {};
  }

  #stats(signal: AbortSignal): Promise<object> {
    const lookups = this.#lookups();
    return statsSummary(
      {
        nodeName: this.#config.nodeName, nodeDir: this.#config.nodeDir, driver: this.#driver, driverName: () => this.#registered?.name,
        workers: () => this.#pods.workers(), clock: this.#deps.clock,
        volumeOf: (worker, volumeName) => {
          const found = worker.pod && podVolumes(worker.pod, { isLeaving: false, isRunning: false }, lookups).find((one) => one.volumeName === volumeName);
          return found?.type === 'csi' ? { pvName: found.pvName, volumeHandle: found.desired.volumeHandle } : undefined;
        },
      },
      signal,
    );
  }
}
