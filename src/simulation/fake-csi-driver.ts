// What does a controller test talk to where there is no CSI driver? A fake that keeps volumes, attachments and
// snapshots in memory, fails on command, and remembers every call.

import type { CsiDriver } from '../csi/client.ts';
import { RpcError } from '../csi/rpc-error.ts';
import type { CallOptions, RevokeResponse } from '../csi/services.ts';
import type { Snapshot } from '../csi/snapshot-types.ts';
import type { Topology, Volume } from '../csi/types.ts';

export interface FakeCsiOptions {
  topologies?: Topology[];
  /** Does ControllerExpandVolume leave the file system to the node? */
  nodeExpansionRequired?: boolean;
  /** Does Revoke have a gate to close? */
  gateOffered?: boolean;
}

interface FakeVolume extends Volume {
  name: string;
  epoch: number;
  /** Node ID and epoch of the current attachment. */
  publishedTo: Map<string, number>;
}

type Method = string;

/** A fake for tests. `calls` has one line for each call: `createVolume pvc-1`. */
export class FakeCsiDriver {
  readonly calls: string[] = [];
  readonly volumes = new Map<string, FakeVolume>();
  readonly snapshots = new Map<string, Snapshot & { name: string }>();
  readonly revoked: { volumeId: string; nodeId: string; epoch: number }[] = [];
  readonly #failures = new Map<Method, RpcError[]>();
  readonly #holds = new Map<Method, Promise<void>>();
  readonly #options: FakeCsiOptions;

  constructor(options: FakeCsiOptions = {}) {
    this.#options = options;
  }

  /** The next calls of `method` reject with these errors, one each. */
  failNext(method: Method, ...errors: RpcError[]): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), ...errors]);
  }

  /** Calls of `method` wait until the returned function is called. */
  hold(method: Method): () => void {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#holds.set(method, held);
    return () => {
      this.#holds.delete(method);
      release();
    };
  }

  async #called(method: Method, subject: string, { signal }: CallOptions): Promise<void> {
    this.calls.push(`${method} ${subject}`);
    await this.#holds.get(method);
    if (signal.aborted) throw new RpcError('CANCELLED', 'cancelled');
    const failure = this.#failures.get(method)?.shift();
    if (failure) throw failure;
  }

  #volume(volumeId: string): FakeVolume {
    const volume = this.volumes.get(volumeId);
    if (!volume) throw new RpcError('NOT_FOUND', `volume ${volumeId} not found`);
    return volume;
  }

  /** What a controller is given. */
  driver(): CsiDriver {
    const identity: Partial<CsiDriver['identity']> = {
      getPluginCapabilities: async () => ({
        capabilities: this.#options.topologies ? [{ service: { type: 'VOLUME_ACCESSIBILITY_CONSTRAINTS' } }] : [],
      }),
    };
    const controller: Partial<CsiDriver['controller']> = { ...this.#volumeCalls(), ...this.#snapshotCalls() };
    const fence: CsiDriver['fence'] = {
      revoke: async ({ volumeId, nodeId, epoch }, options): Promise<RevokeResponse> => {
        await this.#called('revoke', `${volumeId} ${nodeId} ${epoch}`, options);
        const offered = this.#options.gateOffered ?? true;
        if (offered) this.revoked.push({ volumeId, nodeId, epoch });
        return { epoch, drained: offered, device: '/dev/loop4', revokedAt: '2026-01-01T00:00:00.000000Z', offered };
      },
    };
    return { identity, controller, node: {}, fence, close: () => {} } as unknown as CsiDriver;
  }

  #volumeCalls(): Partial<CsiDriver['controller']> {
    return {
      controllerGetCapabilities: async () => ({ capabilities: [{ rpc: { type: 'LIST_SNAPSHOTS' } }] }),
      createVolume: async (request, options) => {
        await this.#called('createVolume', request.name, options);
        const known = [...this.volumes.values()].find(({ name }) => name === request.name);
        if (known) return { volume: known };
        const volume: FakeVolume = {
          name: request.name,
          volumeId: `vol-${request.name}`,
          capacityBytes: request.capacityRange?.requiredBytes ?? 0,
          volumeContext: {},
          accessibleTopology: this.#options.topologies ?? [],
          ...(request.volumeContentSource && {
            contentSource: request.volumeContentSource as NonNullable<Volume['contentSource']>,
          }),
          epoch: 0,
          publishedTo: new Map(),
        };
        this.volumes.set(volume.volumeId, volume);
        return { volume };
      },
      deleteVolume: async ({ volumeId }, options) => {
        await this.#called('deleteVolume', volumeId, options);
        if (this.volumes.get(volumeId)?.publishedTo.size)
          throw new RpcError('FAILED_PRECONDITION', `volume ${volumeId} is in use`);
        this.volumes.delete(volumeId);
        return {};
      },
      controllerPublishVolume: async ({ volumeId, nodeId }, options) => {
        await this.#called('controllerPublishVolume', `${volumeId} ${nodeId}`, options);
        const volume = this.#volume(volumeId);
        if ([...volume.publishedTo.keys()].some((other) => other !== nodeId)) {
          throw new RpcError('FAILED_PRECONDITION', `volume ${volumeId} is published to another node`);
        }
        const epoch = volume.publishedTo.get(nodeId) ?? ++volume.epoch;
        volume.publishedTo.set(nodeId, epoch);
        return { publishContext: { devicePath: `/dev/loop${epoch}`, epoch: String(epoch), path: '' } };
      },
      controllerUnpublishVolume: async ({ volumeId, nodeId }, options) => {
        await this.#called('controllerUnpublishVolume', `${volumeId} ${nodeId ?? ''}`, options);
        if (nodeId) this.volumes.get(volumeId)?.publishedTo.delete(nodeId);
        return {};
      },
      controllerExpandVolume: async ({ volumeId, capacityRange }, options) => {
        await this.#called('controllerExpandVolume', `${volumeId} ${capacityRange.requiredBytes}`, options);
        const volume = this.#volume(volumeId);
        volume.capacityBytes = Math.max(volume.capacityBytes, capacityRange.requiredBytes ?? 0);
        return {
          capacityBytes: volume.capacityBytes,
          nodeExpansionRequired: this.#options.nodeExpansionRequired ?? true,
        };
      },
    };
  }

  #snapshotCalls(): Partial<CsiDriver['controller']> {
    return {
      createSnapshot: async ({ name, sourceVolumeId }, options) => {
        await this.#called('createSnapshot', name, options);
        const known = [...this.snapshots.values()].find((snapshot) => snapshot.name === name);
        if (known) return { snapshot: known };
        const snapshot = {
          name,
          sourceVolumeId,
          snapshotId: `snap-${name}`,
          sizeBytes: this.#volume(sourceVolumeId).capacityBytes,
          creationTime: { seconds: 1_767_225_600, nanos: 5 },
          readyToUse: true,
          groupSnapshotId: '',
        };
        this.snapshots.set(snapshot.snapshotId, snapshot);
        return { snapshot };
      },
      deleteSnapshot: async ({ snapshotId }, options) => {
        await this.#called('deleteSnapshot', snapshotId, options);
        this.snapshots.delete(snapshotId);
        return {};
      },
      listSnapshots: async ({ snapshotId }, options) => {
        await this.#called('listSnapshots', snapshotId ?? '', options);
        const snapshot = this.snapshots.get(snapshotId ?? '');
        return { entries: snapshot ? [{ snapshot }] : [], nextToken: '' };
      },
    };
  }
}
