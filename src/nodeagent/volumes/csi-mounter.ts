// How is one step of a CSI volume carried out? The driver's calls, and the records beside the mounts.

import { mkdir } from 'node:fs/promises';
import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { SecretReference } from '../../apis/core/generated/v1.ts';
import { secrets } from '../../apis/resources.ts';
import type { CSIDriver } from '../../apis/storage/generated/v1.ts';
import type { Client } from '../../client/types.ts';
import type { CsiDriver } from '../../csi/client.ts';
import type { VolumeCapability } from '../../csi/types.ts';
import type { SupervisorClient } from '../runtime/supervisor-client.ts';
import type { ResolvedVolume } from './desired.ts';
import { setVolumeOwnership } from './ownership.ts';
import { attachmentName, publishFolder, publishPath, stagingFolder, stagingPath } from './paths.ts';
import type { PublishedVolume, StagedVolume } from './reconcile.ts';
import { readVolumeData, removeVolumeFolder, type VolumeData, writeVolumeData } from './volume-data.ts';

// Kubelet: csiTimeout.
const callTimeoutMs = 120_000;

export interface CsiMounterDeps {
  nodeDir: string;
  nodeName: string;
  driver: CsiDriver;
  /** What NodeGetCapabilities said. */
  capabilities: () => ReadonlySet<string>;
  csiDriver: (name: string) => CSIDriver | undefined;
  supervisor: Pick<SupervisorClient, 'holdVolume' | 'releaseVolume'>;
  client: Client;
  /** May files be given to other groups? */
  canChown: boolean;
}

/** fsGroup of the pod that a volume is published to. */
export interface Ownership {
  fsGroup: number | undefined;
  policy: 'Always' | 'OnRootMismatch';
}

export class CsiMounter {
  readonly #deps: CsiMounterDeps;

  constructor(deps: CsiMounterDeps) {
    this.#deps = deps;
  }

  /** NodeStageVolume. The supervisor hears of the volume first, so that a fence finds it. */
  async stage(volume: ResolvedVolume, signal: AbortSignal): Promise<StagedVolume> {
    const { nodeDir, driver, capabilities } = this.#deps;
    const { desired } = volume;
    const folder = stagingFolder(nodeDir, desired.driver, desired.volumeHandle);
    await this.#hold(volume, signal);
    await writeVolumeData(folder, this.#data(volume));
    await mkdir(stagingPath(folder), { recursive: true, mode: 0o750 });
    if (capabilities().has('STAGE_UNSTAGE_VOLUME')) {
      await driver.node.nodeStageVolume(
        {
          volumeId: desired.volumeHandle,
          publishContext: volume.publishContext,
          stagingTargetPath: stagingPath(folder),
          volumeCapability: this.#capability(volume),
          secrets: await this.#secret(volume.pv.spec?.csi?.nodeStageSecretRef, signal),
          volumeContext: volume.pv.spec?.csi?.volumeAttributes ?? {},
        },
        { signal, timeoutMs: callTimeoutMs },
      );
    }
    return this.#staged(volume);
  }

  /** NodePublishVolume, then fsGroup. */
  async publish(volume: ResolvedVolume, ownership: Ownership, signal: AbortSignal): Promise<PublishedVolume> {
    const { nodeDir, driver } = this.#deps;
    const { desired } = volume;
    const folder = publishFolder(nodeDir, desired.podUID, desired.pvName);
    await this.#hold(volume, signal);
    await writeVolumeData(folder, this.#data(volume));
    // The target itself is the driver's to make: a folder, or a file for a block device.
    await driver.node.nodePublishVolume(
      {
        volumeId: desired.volumeHandle,
        publishContext: volume.publishContext,
        stagingTargetPath: stagingPath(stagingFolder(nodeDir, desired.driver, desired.volumeHandle)),
        targetPath: publishPath(folder),
        volumeCapability: this.#capability(volume),
        readonly: isReadOnly(volume),
        secrets: await this.#secret(volume.pv.spec?.csi?.nodePublishSecretRef, signal),
        volumeContext: volume.pv.spec?.csi?.volumeAttributes ?? {},
      },
      { signal, timeoutMs: callTimeoutMs },
    );
    if (ownership.fsGroup !== undefined && this.#wantsOwnership(volume)) {
      const root = volume.publishContext['path'] || publishPath(folder);
      await setVolumeOwnership(root, { fsGroup: ownership.fsGroup, readOnly: false, policy: ownership.policy, signal });
    }
    return { ...this.#staged(volume), podUID: desired.podUID };
  }

  async unpublish(
    { podUID, pvName, volumeHandle }: Pick<PublishedVolume, 'podUID' | 'pvName' | 'volumeHandle'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { nodeDir, driver, supervisor } = this.#deps;
    const folder = publishFolder(nodeDir, podUID, pvName);
    await driver.node.nodeUnpublishVolume(
      { volumeId: volumeHandle, targetPath: publishPath(folder) },
      { signal, timeoutMs: callTimeoutMs },
    );
    await removeVolumeFolder(folder, publishPath(folder));
    await supervisor.releaseVolume({ podUID, volumeHandle }, signal);
  }

  async unstage(
    { driver: name, volumeHandle }: Pick<StagedVolume, 'driver' | 'volumeHandle'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { nodeDir, driver, capabilities, supervisor } = this.#deps;
    const folder = stagingFolder(nodeDir, name, volumeHandle);
    if (capabilities().has('STAGE_UNSTAGE_VOLUME')) {
      const request = { volumeId: volumeHandle, stagingTargetPath: stagingPath(folder) };
      await driver.node.nodeUnstageVolume(request, { signal, timeoutMs: callTimeoutMs });
    }
    await removeVolumeFolder(folder, stagingPath(folder));
    await supervisor.releaseVolume({ volumeHandle }, signal);
  }

  /** NodeExpandVolume under the running pod. */
  async expand(volume: ResolvedVolume, signal: AbortSignal): Promise<void> {
    const { nodeDir, driver, capabilities } = this.#deps;
    if (!capabilities().has('EXPAND_VOLUME')) return;
    const { desired, pv } = volume;
    await driver.node.nodeExpandVolume(
      {
        volumeId: desired.volumeHandle,
        volumePath: publishPath(publishFolder(nodeDir, desired.podUID, desired.pvName)),
        stagingTargetPath: stagingPath(stagingFolder(nodeDir, desired.driver, desired.volumeHandle)),
        capacityRange: { requiredBytes: quantityToNumber(pv.spec?.capacity?.['storage'] ?? '0'), limitBytes: 0 },
        volumeCapability: this.#capability(volume),
        secrets: await this.#secret(pv.spec?.csi?.nodeExpandSecretRef, signal),
      },
      { signal, timeoutMs: callTimeoutMs },
    );
  }

  /** What containers of the pod bind. */
  async hostPath(podUID: string, pvName: string): Promise<string> {
    const folder = publishFolder(this.#deps.nodeDir, podUID, pvName);
    return (await readVolumeData(folder))?.path ?? publishPath(folder);
  }

  async #hold({ desired }: ResolvedVolume, signal: AbortSignal): Promise<void> {
    const { nodeDir, supervisor } = this.#deps;
    const { podUID, volumeHandle, driver, pvName, attachment } = desired;
    await supervisor.holdVolume(
      {
        podUID,
        volumeHandle,
        epoch: attachment?.epoch ?? 0,
        ...(attachment?.bootID !== undefined && { attachedAtBootID: attachment.bootID }),
        stagingPath: stagingPath(stagingFolder(nodeDir, driver, volumeHandle)),
        publishPath: publishPath(publishFolder(nodeDir, podUID, pvName)),
      },
      signal,
    );
  }

  #staged({ desired }: ResolvedVolume): StagedVolume {
    const { driver, volumeHandle, pvName, attachment } = desired;
    return {
      driver,
      volumeHandle,
      pvName,
      attachmentUID: attachment?.uid ?? '',
      epoch: attachment?.epoch ?? 0,
      isUncertain: false,
    };
  }

  #data({ desired, publishContext }: ResolvedVolume): VolumeData {
    const { driver, volumeHandle, pvName, attachment } = desired;
    const { nodeName } = this.#deps;
    return {
      specVolID: pvName,
      volumeHandle,
      driverName: driver,
      nodeName,
      volumeLifecycleMode: 'Persistent',
      attachmentID: attachmentName(volumeHandle, driver, nodeName),
      attachmentUID: attachment?.uid ?? '',
      epoch: attachment?.epoch ?? 0,
      ...(publishContext['path'] && { path: publishContext['path'] }),
    };
  }

  #capability({ pv, isBlock }: ResolvedVolume): VolumeCapability {
    const accessMode = { mode: accessModeOf(pv.spec?.accessModes ?? [], this.#deps.capabilities()) };
    if (isBlock) return { block: {}, accessMode };
    return {
      mount: { fsType: pv.spec?.csi?.fsType ?? '', mountFlags: pv.spec?.mountOptions ?? [], volumeMountGroup: '' },
      accessMode,
    };
  }

  // CSIDriver fsGroupPolicy, default ReadWriteOnceWithFSType.
  #wantsOwnership(volume: ResolvedVolume): boolean {
    // Without root there is one user in every container, and the folder is that user's.
    if (volume.isBlock || isReadOnly(volume) || !this.#deps.canChown) return false;
    const policy = this.#deps.csiDriver(volume.desired.driver)?.spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType';
    if (policy === 'None') return false;
    return policy === 'File' || (volume.desired.isSingleWriter && Boolean(volume.pv.spec?.csi?.fsType));
  }

  async #secret(reference: SecretReference | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    if (!reference?.name) return {};
    const secret = await this.#deps.client.get(
      secrets,
      { namespace: reference.namespace ?? '', name: reference.name },
      signal,
    );
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }
}

function isReadOnly({ readOnly, pv }: ResolvedVolume): boolean {
  return readOnly || (pv.spec?.csi?.readOnly ?? false);
}

type AccessMode = NonNullable<VolumeCapability['accessMode']>['mode'];

/** CSI access mode of a PersistentVolume's modes. Kubernetes: getAccessModes of the provisioner and the kubelet. */
export function accessModeOf(modes: readonly string[], capabilities: ReadonlySet<string>): AccessMode {
  if (modes.includes('ReadWriteMany')) return 'MULTI_NODE_MULTI_WRITER';
  const isFineGrained = capabilities.has('SINGLE_NODE_MULTI_WRITER');
  if (modes.includes('ReadWriteOnce')) return isFineGrained ? 'SINGLE_NODE_MULTI_WRITER' : 'SINGLE_NODE_WRITER';
  if (modes.includes('ReadWriteOncePod')) return isFineGrained ? 'SINGLE_NODE_SINGLE_WRITER' : 'SINGLE_NODE_WRITER';
  return 'MULTI_NODE_READER_ONLY';
}
