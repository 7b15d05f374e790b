// Where do the storage controllers run in tests? In one process with the API server and a fake CSI driver,
// with nodes that are objects only.

import type { Draft, KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import {
  coreEvents, csiNodes, namespaces, nodes, persistentVolumeClaims, pods, storageClasses,
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

export interface StorageBench {
  client: KubeClient;
  csi: FakeCsiDriver;
  signal: AbortSignal;
  /** Reads until `check` holds, for at most five seconds. */
  until<T extends KubeObject>(resource: Resource<T>, name: string, check: (object: T) => boolean): Promise<T>;
  untilGone<T extends KubeObject>(resource: Resource<T>, name: string): Promise<void>;
  /** `reason: message` of the events about `name`, once one with `reason` is there. */
  event(name: string, reason: string): Promise<string>;
  addNode(name: string): Promise<Node>;
  addClass(overrides?: Partial<StorageClass>): Promise<void>;
  addClaim(name: string, overrides?: Partial<PersistentVolumeClaim['spec']>): Promise<PersistentVolumeClaim>;
  addPod(name: string, claimName: string, nodeName: string): Promise<Pod>;
  /** Stops the controllers and starts them again, as after a kill. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export type Factories = (deps: ControllerDeps, csi: FakeCsiDriver) => Controller[];

const namespace = 'default';
const patienceMs = 5_000;

/** Starts `factories` beside an API server with one namespace. Call `stop` when done, also after a failure. */
export async function startStorageBench(factories: Factories, options: FakeCsiOptions = {}): Promise<StorageBench> {
  const plane = inProcessControlPlane({ clock: systemClock, random: seededRandom(1) });
  const { client } = plane;
  const csi = new FakeCsiDriver(options);
  const whole = new AbortController();
  const { signal } = whole;
  const server = plane.run(() => [], signal);
  let controllers = startControllers();

  function startControllers(): { stop: () => Promise<void> } {
    const life = new AbortController();
    const shared = { client, clock: systemClock, random: seededRandom(2), log: silentLogger };
    const informers = createInformers(shared);
    const events = createEventSink(shared);
    const deps: ControllerDeps = { ...shared, informers, recorder: (name) => events.recorder(name) };
    const running = runControllers([...factories(deps, csi), informers, events], life.signal);
    return {
      stop: async () => {
        life.abort(new Error('stopped'));
        await running;
      },
    };
  }

  await ignoreExisting(client.create(namespaces, { metadata: { name: namespace } }, signal));
  const at = <T extends KubeObject>(resource: Resource<T>, name: string) => ({ name, ...(resource.namespaced && { namespace }) });

  async function poll(what: string, check: () => Promise<boolean>): Promise<void> {
    const startedMs = systemClock.monotonic();
    while (!(await check())) {
      if (systemClock.monotonic() - startedMs > patienceMs) throw new Error(`Gave up waiting for ${what}. CSI calls: ${csi.calls.join(', ')}`);
      await systemClock.sleep(5, signal);
    }
  }

  return {
    client,
    csi,
    signal,
    async until(resource, name, check) {
      let seen: KubeObject | undefined;
      await poll(`${resource.plural} ${name}`, async () => {
        try {
          const object = await client.get(resource, at(resource, name), signal);
          seen = object;
          return check(object);
        } catch (error) {
          if (isStatus(error, 'NotFound')) return false;
          throw error;
        }
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen: ${JSON.stringify(seen)}`, { cause: error });
      });
      return client.get(resource, at(resource, name), signal);
    },
    untilGone: (resource, name) =>
      poll(`${resource.plural} ${name} to go`, async () => {
        try {
          await client.get(resource, at(resource, name), signal);
          return false;
        } catch (error) {
          if (isStatus(error, 'NotFound')) return true;
          throw error;
        }
      }),
    async event(name, reason) {
      let found: string | undefined;
      await poll(`event ${reason} about ${name}`, async () => {
        const { items } = await client.list(coreEvents, {}, signal);
        found = items.find((event) => event.involvedObject.name === name && event.reason === reason)?.message;
        return found !== undefined;
      });
      return found ?? '';
    },
    async addNode(name) {
      const draft = { metadata: { name, labels: { 'kubernetes.io/hostname': name } } } as Draft<Node>;
      const created = await client.create(nodes, draft, signal);
      const drivers = [{ name: driverName, nodeID: name, topologyKeys: [] }];
      await client.create(csiNodes, { metadata: { name }, spec: { drivers } }, signal);
      return setReady(client, created, { status: 'True', bootID: 'boot-1' }, signal);
    },
    async addClass(overrides = {}) {
      await client.create(storageClasses, { metadata: { name: 'fast' }, provisioner: driverName, volumeBindingMode: 'Immediate', allowVolumeExpansion: true, ...overrides } as Draft<StorageClass>, signal);
    },
    addClaim: (name, overrides = {}) =>
      client.create(persistentVolumeClaims, {
        metadata: { name, namespace },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } }, ...overrides },
      }, signal),
    addPod: (name, claimName, nodeName) =>
      client.create(pods, {
        metadata: { name, namespace },
        spec: {
          nodeName,
          containers: [{ name: 'main', image: 'amarre.io/host', command: ['sleep', '1'] }],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
        },
      }, signal),
    async restart() {
      await controllers.stop();
      controllers = startControllers();
    },
    async stop() {
      await controllers.stop();
      whole.abort(new Error('stopped'));
      await server;
    },
  };
}

/** Sets a node's Ready condition, as its agent or node-lifecycle would. */
export async function setReady(
  client: KubeClient,
  node: Node,
  { status, bootID, volumesInUse = [] }: { status: string; bootID: string; volumesInUse?: string[] },
  signal: AbortSignal,
): Promise<Node> {
  const conditions = [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z' }];
  const nodeInfo = {
    architecture: 'amd64', bootID, containerRuntimeVersion: 'x', kernelVersion: 'x', kubeProxyVersion: 'x',
    kubeletVersion: 'v1.34.0', machineID: 'x', operatingSystem: 'linux', osImage: 'x', systemUUID: 'x',
  };
  const addresses = [{ type: 'InternalIP', address: '127.0.0.9' }];
  const body = { status: { conditions, nodeInfo, addresses, volumesInUse } };
  return client.patch(nodes, { at: { name: node.metadata.name }, body, subresource: 'status' }, signal);
}

async function ignoreExisting(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
