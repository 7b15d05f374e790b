// What is an agent made of, and who tells whom? Makes the parts and joins them; starts nothing.

import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Metric } from '../../base/metrics/exposition.ts';
import type { Random } from '../../base/random.ts';
import { createEventSink, type EventSink } from '../../client/recorder.ts';
import type { Client } from '../../client/types.ts';
import { type CsiDriver, connectDriver } from '../../csi/client.ts';
import type { CsiOperationMetrics } from '../../csi/operation-metrics.ts';
import type { AgentConfig } from '../config.ts';
import { PodManager } from '../pods/manager.ts';
import { RuntimeCache } from '../pods/runtime-cache.ts';
import { Prober } from '../probes/prober.ts';
import { connectSupervisor, type SupervisorClient } from '../runtime/supervisor-client.ts';
import type { SupervisorInfo } from '../supervisor/protocol.ts';
import { CsiMounter } from '../volumes/csi-mounter.ts';
import type { VolumeLookups } from '../volumes/desired.ts';
import { VolumeManager } from '../volumes/manager.ts';
import { AgentCaches } from './caches.ts';
import type { RegisteredDriver } from './csi-registration.ts';
import type { MachineFacts } from './node-object.ts';
import { NodeRegistration } from './node-registration.ts';

export interface AgentDeps {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Of the process, for `/metrics`. */
  metrics?: () => Promise<Metric[]>;
  /** Told of every call of the CSI driver. */
  csiCalls?: CsiOperationMetrics;
}

/** What the agent has learned since its start. */
export interface AgentState {
  /** volumesInUse as the API has it. */
  reportedInUse: ReadonlySet<string>;
  registered: RegisteredDriver | undefined;
  supervisorInfo: SupervisorInfo | undefined;
  isDeadManArmed: boolean;
}

export interface AgentParts {
  state: AgentState;
  supervisor: SupervisorClient;
  driver: CsiDriver;
  caches: AgentCaches;
  sink: EventSink;
  cache: RuntimeCache;
  prober: Prober;
  lookups: VolumeLookups;
  volumes: VolumeManager;
  pods: PodManager;
  registration: NodeRegistration;
}

/** Parts that know of each other only through what they were given here. */
export function assembleAgent(config: AgentConfig, deps: AgentDeps, machine: MachineFacts): AgentParts {
  const { client, clock, random, log } = deps;
  const state: AgentState = {
    reportedInUse: new Set(),
    registered: undefined,
    supervisorInfo: undefined,
    isDeadManArmed: false,
  };
  const supervisor = connectSupervisor(config.supervisorSocket);
  const driver = connectDriver(config.csiSocket, { clock, metrics: deps.csiCalls });
  const caches = new AgentCaches(config.nodeName, deps);
  const sink = createEventSink({ client, clock, random, log, instance: config.nodeName });
  const recorder = sink.recorder('kubelet');
  const base = { supervisor, driver, caches, state, recorder };
  const lookups = volumeLookups(config, base);

  // The parts below call each other; none does before `run`.
  const wakePods = (podUIDs: Iterable<string> | undefined): void => pods.wake(podUIDs);
  const prober = new Prober({
    runtime: supervisor,
    recorder,
    address: config.address,
    clock,
    random,
    onChange: (podUID) => wakePods([podUID]),
  });
  const cache = new RuntimeCache({
    runtime: supervisor,
    clock,
    log,
    onChange: (podUID) => {
      wakePods(podUID === undefined ? undefined : [podUID]);
      volumes.wake();
    },
    onFenced: ({ volumeHandle, epoch }) => {
      log.warn('a volume of this node was fenced', { volumeHandle, epoch });
      volumes.forgetLostMounts().catch((error: unknown) => log.error('cannot read the mounts', { error }));
    },
  });
  const volumes: VolumeManager = new VolumeManager({
    nodeDir: config.nodeDir,
    mounter: csiMounter(config, deps, base),
    lookups,
    client,
    recorder,
    clock,
    log,
    pods: () => pods.managed(),
    isComplete: () => caches.areSynced && cache.hasSnapshot,
    onChange: wakePods,
    onInUseChange: () => registration.wake(),
  });
  const pods: PodManager = new PodManager({
    runtime: supervisor,
    cache,
    volumes,
    prober,
    client,
    recorder,
    clock,
    log,
    nodeDir: config.nodeDir,
    address: config.address,
    canMount: isRoot(),
    ...(config.apiServer && { apiServer: config.apiServer }),
    allocatable: { cpu: String(machine.cpus), memory: String(machine.memoryBytes) },
  });
  const registration = nodeRegistration({ config, machine, volumes }, deps, base);
  return { state, supervisor, driver, caches, sink, cache, prober, lookups, volumes, pods, registration };
}

type Base = Pick<AgentParts, 'supervisor' | 'driver' | 'caches' | 'state'>;

function csiMounter(
  { nodeDir, nodeName }: AgentConfig,
  { client }: AgentDeps,
  { driver, supervisor, caches, state }: Base,
): CsiMounter {
  return new CsiMounter({
    nodeDir,
    nodeName,
    driver,
    supervisor,
    client,
    canChown: isRoot(),
    capabilities: () => state.registered?.capabilities ?? new Set(),
    csiDriver: (name) => caches.drivers.get(name),
  });
}

function nodeRegistration(
  { config, machine, volumes }: { config: AgentConfig; machine: MachineFacts; volumes: VolumeManager },
  { client, clock, log }: AgentDeps,
  { caches, state }: Base,
): NodeRegistration {
  return new NodeRegistration({
    client,
    clock,
    log,
    informer: caches.node,
    facts: () => ({
      config,
      machine,
      supervisor: state.supervisorInfo,
      volumesInUse: volumes.volumesInUse(),
      nowMs: clock.now(),
    }),
    topologyLabels: () => state.registered?.topology ?? {},
    annotations: () => nodeIdAnnotation(state),
    isDeadManArmed: () => state.isDeadManArmed,
    onReported: (names) => {
      state.reportedInUse = new Set(names);
      volumes.wake();
    },
  });
}

function volumeLookups({ nodeName }: AgentConfig, { caches, state }: Base): VolumeLookups {
  return {
    nodeName,
    claim: (namespace, name) => caches.claims.get(`${namespace}/${name}`),
    volume: (name) => caches.volumes.get(name),
    attachment: (name) => caches.attachments.get(name),
    isAttachRequired: (name) => caches.drivers.get(name)?.spec.attachRequired ?? true,
    // Nothing can be mounted before the plugin has said what it can do.
    isReportedInUse: (name) => state.registered !== undefined && state.reportedInUse.has(name),
  };
}

function nodeIdAnnotation({ registered }: AgentState): Record<string, string> {
  return registered
    ? { 'csi.volume.kubernetes.io/nodeid': JSON.stringify({ [registered.name]: registered.nodeID }) }
    : {};
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
