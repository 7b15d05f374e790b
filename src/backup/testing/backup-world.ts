// What does a test of backups stand on? A namespace with a database, a storage that cuts snapshots, movers that
// end at once, and a process of controllers that can die at any call.

import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DraftMeta, KubeObject, Resource } from '../../apimachinery/meta.ts';
import {
  customResourceDefinitions,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  services,
  statefulSets,
  storageClasses,
} from '../../apis/resources.ts';
import { volumeSnapshotClasses, volumeSnapshotContents, volumeSnapshots } from '../../apis/snapshot/types.ts';
import { backupStorageLocations } from '../../apis/velero/resources.ts';
import { type Clock, epochMsOf } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/seeded-random.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { FakeApi } from '../../client/fake-api.ts';
import { createInformers } from '../../client/informers.ts';
import { createClient, type KubeClient } from '../../client/kube-client.ts';
import { runControllers } from '../../client/run-controllers.ts';
import type { ExecResult } from '../../client/types.ts';
import { createFolderStore } from '../folder-store.ts';
import type { OpenStore } from '../location.ts';
import { type Crash, CrashingTransport } from './velero-transport.ts';

/** Resources that the fake server says it has. */
export const worldResources: Resource[] = [
  namespaces,
  pods,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  services,
  statefulSets,
  storageClasses,
  customResourceDefinitions,
  volumeSnapshots,
] as Resource[];

/** Time passes as it does, but from when FakeApi creates everything. */
const worldClock: Clock = { ...systemClock, now: () => epochMsOf('2026-01-01T00:00:00Z') + systemClock.monotonic() };

export type MakeControllers = (deps: ControllerDeps, openStore: OpenStore) => Controller[];

/** A fake for tests. `end` stops everything and removes the folder. */
export class BackupWorld {
  readonly api = new FakeApi();
  readonly folder = mkdtempSync(join(tmpdir(), 'amarre-backup-'));
  readonly client: KubeClient;
  readonly events: string[] = [];
  /** Commands that ran in the pod, in order. */
  readonly commands: string[] = [];
  /** Does the database stand still? */
  isFrozen = false;
  /** Times that a database was frozen which stood still already: a thaw was left out. */
  freezesOfFrozen = 0;
  /** Snapshot name → did the database stand still when it was cut? */
  readonly cuts = new Map<string, boolean>();
  /** What a mover's container says when it ends; by default that it stored the volume. */
  moverMessage: (podName: string) => { exitCode: number; message: string } = () => ({
    exitCode: 0,
    message: `snapshot ${'a'.repeat(64)}\nversion 0.14.0\n{"total_bytes_processed":7,"data_added":3}`,
  });
  /** An error for every snapshot, instead of a cut. */
  snapshotError: string | undefined;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>[] = [];

  constructor() {
    setMaxListeners(0, this.#stop.signal);
    this.client = createClient({
      transport: new CrashingTransport({ api: this.api, exec: this.exec }),
      clock: systemClock,
    });
    this.#running.push(
      this.#serve().catch((error: unknown) => {
        if (!this.#stop.signal.aborted) throw error;
      }),
    );
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Runs a command of the fake database. */
  readonly exec = async (command: string[], signal: AbortSignal): Promise<ExecResult> => {
    const [name = ''] = command;
    this.commands.push(name);
    if (name === 'freeze' && this.isFrozen) this.freezesOfFrozen += 1;
    if (name === 'freeze') this.isFrozen = true;
    if (name === 'thaw') this.isFrozen = false;
    if (name === 'hang')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    const exitCode = name === 'missing' ? 127 : 0;
    return { exitCode, stdout: '', stderr: exitCode === 0 ? '' : 'no such file or directory' };
  };

  /** Starts a process of controllers. Resolves when it has died; `stop` ends it. */
  startProcess(
    make: MakeControllers,
    crash?: Crash,
  ): { died: Promise<void>; stop: () => Promise<void>; calls: () => number } {
    const lifetime = new AbortController();
    setMaxListeners(0, lifetime.signal);
    let onCrash = (): void => {};
    const died = new Promise<void>((resolve) => {
      onCrash = () => {
        lifetime.abort();
        resolve();
      };
    });
    const transport = new CrashingTransport({ api: this.api, exec: this.exec, crash, onCrash });
    const base = { clock: worldClock, random: seededRandom(1), log: silentLogger };
    const client = createClient({ transport, clock: worldClock });
    const informers = createInformers({ client, ...base });
    const recorder = (component: string) => ({
      event: (_: unknown, { reason, message }: { reason: string; message: string }) =>
        void this.events.push(`${component} ${reason}: ${message}`),
    });
    const controllers = make({ client, informers, recorder, ...base }, (path) => createFolderStore(path, systemRandom));
    const running = runControllers([informers, ...controllers], lifetime.signal);
    this.#running.push(running);
    const stop = async (): Promise<void> => {
      lifetime.abort();
      await running;
    };
    this.#stop.signal.addEventListener('abort', () => lifetime.abort(), { once: true });
    return { died, stop, calls: () => transport.calls };
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    rmSync(this.folder, { recursive: true, force: true });
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    object: Omit<T, 'metadata'> & { metadata: DraftMeta },
  ): Promise<T> {
    return this.client.create(resource, object, this.signal);
  }

  async find<T extends KubeObject>(resource: Resource<T>, name: string, namespace?: string): Promise<T | undefined> {
    return (await this.all(resource)).find(
      (item) => item.metadata.name === name && item.metadata.namespace === namespace,
    );
  }

  async all<T extends KubeObject>(resource: Resource<T>): Promise<T[]> {
    return (await this.client.list(resource, {}, this.signal)).items;
  }

  /** A namespace `shop` with a database pod of a StatefulSet on a bound claim, and a location for backups. */
  async addShop(
    annotations: Record<string, string> = {
      'pre.hook.backup.velero.io/command': '["freeze"]',
      'post.hook.backup.velero.io/command': '["thaw"]',
    },
  ): Promise<void> {
    await this.create(namespaces, { metadata: { name: 'shop', labels: { team: 'a' } } });
    await this.create(namespaces, { metadata: { name: 'velero' } });
    await this.create(storageClasses, { metadata: { name: 'fast' }, provisioner: 'driver' });
    await this.create(volumeSnapshotClasses, {
      metadata: { name: 'snap' },
      driver: 'driver',
      deletionPolicy: 'Delete',
    });
    const set = await this.create(statefulSets, {
      metadata: { name: 'db', namespace: 'shop' },
      spec: { replicas: 1, selector: {}, serviceName: 'db', template: {} },
    });
    await this.create(secrets, { metadata: { name: 'login', namespace: 'shop' }, data: { password: 'eA==' } });
    await this.create(pods, {
      metadata: {
        name: 'db-0',
        namespace: 'shop',
        annotations,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: set.metadata.uid, controller: true },
        ],
      },
      spec: {
        containers: [{ name: 'db' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
      },
      status: { phase: 'Running' },
    });
    await this.create(persistentVolumes, {
      metadata: { name: 'pv-1' },
      spec: {
        csi: { driver: 'driver', volumeHandle: 'h' },
        capacity: { storage: '2Gi' },
        persistentVolumeReclaimPolicy: 'Delete',
      },
    });
    await this.create(persistentVolumeClaims, {
      metadata: { name: 'data-db-0', namespace: 'shop' },
      spec: {
        volumeName: 'pv-1',
        storageClassName: 'fast',
        resources: { requests: { storage: '1Gi' } },
        accessModes: ['ReadWriteOnce'],
      },
      status: { phase: 'Bound', capacity: { storage: '2Gi' } },
    });
    await this.create(backupStorageLocations, {
      metadata: { name: 'default', namespace: 'velero' },
      spec: {
        provider: 'amarre.io/filesystem',
        config: { path: this.folder },
        objectStorage: { bucket: 'default' },
        default: true,
      },
      status: { phase: 'Available' },
    });
  }

  /** The storage and the nodes. */
  async #serve(): Promise<void> {
    const { signal } = this;
    for (;;) {
      for (const snapshot of await this.all(volumeSnapshots)) {
        if (snapshot.status) continue;
        await this.#cut(
          snapshot.metadata.namespace ?? '',
          snapshot.metadata.name,
          snapshot.spec.source.volumeSnapshotContentName,
        );
      }
      for (const pod of await this.all(pods)) {
        if (pod.status || !pod.spec?.containers.some((container) => container.name === 'mover')) continue;
        const terminated = this.moverMessage(pod.metadata.name);
        const phase = terminated.exitCode === 0 ? 'Succeeded' : 'Failed';
        const status = { phase, containerStatuses: [{ name: 'mover', state: { terminated } }] };
        await this.#setStatus(pods, pod, status);
      }
      await systemClock.sleep(2, signal);
    }
  }

  async #cut(namespace: string, name: string, contentName: string | undefined): Promise<void> {
    const { signal } = this;
    const snapshot = await this.find(volumeSnapshots, name, namespace);
    if (!snapshot) return;
    if (this.snapshotError)
      return this.#setStatus(volumeSnapshots, snapshot, { error: { message: this.snapshotError } });
    if (!contentName) {
      this.cuts.set(name, this.isFrozen);
      await this.client.create(
        volumeSnapshotContents,
        {
          metadata: { name: `snapcontent-${snapshot.metadata.uid}` },
          spec: {
            driver: 'driver',
            deletionPolicy: 'Delete',
            source: { volumeHandle: 'h' },
            volumeSnapshotRef: { name, namespace },
          },
          status: { snapshotHandle: `handle-${name}`, readyToUse: true },
        },
        signal,
      );
    }
    const boundVolumeSnapshotContentName = contentName ?? `snapcontent-${snapshot.metadata.uid}`;
    await this.#setStatus(volumeSnapshots, snapshot, {
      creationTime: '2026-01-01T00:00:00Z',
      readyToUse: true,
      boundVolumeSnapshotContentName,
    });
  }

  async #setStatus<T extends KubeObject>(resource: Resource<T>, object: T, status: unknown): Promise<void> {
    const at = { name: object.metadata.name, namespace: object.metadata.namespace };
    // The object may have been deleted meanwhile.
    await this.client
      .patch(resource, { at, body: { status }, subresource: 'status' }, this.signal)
      .catch(() => undefined);
  }
}
