// Where do the storage controllers run in tests? In one process with the API server and a fake CSI driver,
// with nodes that are objects only.

import type { Draft, KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import {
  coreEvents,
  csiNodes,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  storageClasses,
} from '../apis/resources.ts';
import type { StorageClass } from '../apis/storage/generated/v1.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { systemClock } from '../base/system-clock.ts';
import type { Controller, ControllerDeps } from '../client/controller.ts';
import { createInformers } from '../client/informers.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { createEventSink } from '../client/recorder.ts';
import { runControllers } from '../client/run-controllers.ts';
import { inProcessControlPlane } from './control-plane.ts';
import { FakeCsiDriver, type FakeCsiOptions } from './fake-csi-driver.ts';
import { driverName } from './objects.ts';

export type Factories = (deps: ControllerDeps, csi: FakeCsiDriver) => Controller[];

const namespace = 'default';
const patienceMs = 60_000;

/** Starts `factories` beside an API server with one namespace. Call `stop` when done, also after a failure. */
export async function startStorageBench(factories: Factories, options: FakeCsiOptions = {}): Promise<StorageBench> {
  const bench = new StorageBench(factories, options);
  await bench.start();
  return bench;
}

export class StorageBench {
  readonly client: KubeClient;
  readonly csi: FakeCsiDriver;
  readonly signal: AbortSignal;
  readonly #factories: Factories;
  readonly #life = new AbortController();
  readonly #server: Promise<void>;
  #controllers: { stop: () => Promise<void> } | undefined;

  constructor(factories: Factories, options: FakeCsiOptions) {
    const plane = inProcessControlPlane({ clock: systemClock, random: seededRandom(1) });
    this.client = plane.client;
    this.csi = new FakeCsiDriver(options);
    this.signal = this.#life.signal;
    this.#factories = factories;
    this.#server = plane.run(() => [], this.signal);
  }

  async start(): Promise<void> {
    this.#controllers = this.#startControllers();
    try {
      await this.client.create(namespaces, { metadata: { name: namespace } }, this.signal);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
  }

  /** Stops the controllers and starts them again, as after a kill. */
  async restart(): Promise<void> {
    await this.#controllers?.stop();
    this.#controllers = this.#startControllers();
  }

  async stop(): Promise<void> {
    await this.#controllers?.stop();
    this.#life.abort(new Error('stopped'));
    await this.#server;
  }

  /** Reads until `check` holds, for at most a minute. */
  async until<T extends KubeObject>(resource: Resource<T>, name: string, check: (object: T) => boolean): Promise<T> {
    let seen: T | undefined;
    await this.#poll(
      () => `${resource.plural} ${name}; last seen: ${JSON.stringify(seen)}`,
      async () => {
        seen = await this.#find(resource, name);
        return seen !== undefined && check(seen);
      },
    );
    return seen as T;
  }

  async untilGone<T extends KubeObject>(resource: Resource<T>, name: string): Promise<void> {
    await this.#poll(
      () => `${resource.plural} ${name} to go`,
      async () => (await this.#find(resource, name)) === undefined,
    );
  }

  /** The message of the first event about `name` with `reason`, once there is one. */
  async event(name: string, reason: string): Promise<string> {
    let message: string | undefined;
    await this.#poll(
      () => `event ${reason} about ${name}`,
      async () => {
        const { items } = await this.client.list(coreEvents, {}, this.signal);
        message = items.find((event) => event.involvedObject.name === name && event.reason === reason)?.message;
        return message !== undefined;
      },
    );
    return message ?? '';
  }

  async addNode(name: string): Promise<void> {
    const draft = { metadata: { name, labels: { 'kubernetes.io/hostname': name } } } as Draft<Node>;
    await this.client.create(nodes, draft, this.signal);
    // As node-lifecycle takes away the taint of a new node.
    await this.client.patch(nodes, { at: { name }, body: { spec: { taints: null } } }, this.signal);
    const drivers = [{ name: driverName, nodeID: name, topologyKeys: [] }];
    await this.client.create(csiNodes, { metadata: { name }, spec: { drivers } }, this.signal);
    await this.setNode(name, { ready: 'True' });
  }

  /** Sets a node's status, as its agent or node-lifecycle would. */
  async setNode(name: string, { ready, bootID = 'boot-1', volumesInUse = [] }: NodeReport): Promise<void> {
    const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const nodeInfo = {
      architecture: 'amd64',
      bootID,
      containerRuntimeVersion: 'x',
      kernelVersion: 'x',
      kubeProxyVersion: 'x',
      kubeletVersion: 'v1.34.0',
      machineID: 'x',
      operatingSystem: 'linux',
      osImage: 'x',
      systemUUID: 'x',
    };
    const addresses = [{ type: 'InternalIP', address: '127.0.0.9' }];
    const body = { status: { conditions, nodeInfo, addresses, volumesInUse } };
    await this.client.patch(nodes, { at: { name }, body, subresource: 'status' }, this.signal);
  }

  async addClass(overrides: Partial<StorageClass> = {}): Promise<void> {
    const base = { provisioner: driverName, volumeBindingMode: 'Immediate', allowVolumeExpansion: true };
    await this.client.create(storageClasses, { ...base, ...overrides, metadata: { name: 'fast' } }, this.signal);
  }

  addClaim(name: string, overrides: Partial<PersistentVolumeClaim['spec']> = {}): Promise<PersistentVolumeClaim> {
    const resources = { requests: { storage: '1Gi' } };
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources, ...overrides };
    return this.client.create(persistentVolumeClaims, { metadata: { name, namespace }, spec }, this.signal);
  }

  addPod(
    name: string,
    { claim, node, meta = {} }: { claim: string; node: string; meta?: Draft<Pod>['metadata'] },
  ): Promise<Pod> {
    const spec = {
      nodeName: node,
      containers: [{ name: 'main', image: 'amarre.io/host', command: ['sleep', '1'] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
    };
    return this.client.create(pods, { metadata: { ...meta, name, namespace }, spec }, this.signal);
  }

  #startControllers(): { stop: () => Promise<void> } {
    const life = new AbortController();
    const shared = { client: this.client, clock: systemClock, random: seededRandom(2), log: silentLogger };
    const informers = createInformers(shared);
    const events = createEventSink(shared);
    const deps: ControllerDeps = { ...shared, informers, recorder: (name) => events.recorder(name) };
    const running = runControllers([...this.#factories(deps, this.csi), informers, events], life.signal);
    return {
      stop: async () => {
        life.abort(new Error('stopped'));
        await running;
      },
    };
  }

  async #find<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T | undefined> {
    try {
      return await this.client.get(resource, { name, ...(resource.namespaced && { namespace }) }, this.signal);
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #poll(what: () => string, check: () => Promise<boolean>): Promise<void> {
    const startedMs = systemClock.monotonic();
    while (!(await check())) {
      if (systemClock.monotonic() - startedMs > patienceMs) {
        throw new Error(`Gave up waiting for ${what()}. CSI calls: ${this.csi.calls.join(', ')}`);
      }
      await systemClock.sleep(5, this.signal);
    }
  }
}

export interface NodeReport {
  /** Status of the Ready condition. */
  ready: string;
  bootID?: string;
  volumesInUse?: string[];
}
