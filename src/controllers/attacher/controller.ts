// Which change wakes which volume or node? Attaches and detaches, as the attach-detach controller and
// external-attacher together.

import { fenceProofs } from '../../apis/amarre/types.ts';
import { claimKeysOf } from '../../apis/core/claims.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import {
  csiDrivers,
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../apis/resources.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informers } from '../../client/types.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { type Edge, execute, executeNodeStep } from './execute.ts';
import { reconcile } from './reconcile.ts';
import { reconcileNode } from './reconcile-node.ts';
import { attachView, nodeStatusView } from './view.ts';

const volumePrefix = 'volume/';
const nodePrefix = 'node/';
const never: Outcome = { requeue: 'never' };

export interface AttacherOptions {
  csi: CsiDriver;
  /** Name of the driver. */
  driver: string;
  /** Volumes worked on at once; the calls for one volume never overlap. */
  concurrency?: number;
  timeoutMs?: number;
}

/** Attaches volumes to the nodes whose pods want them, and detaches on evidence that nobody writes any more. */
export function attacherController(
  deps: ControllerDeps,
  { csi, driver, concurrency = 10, timeoutMs = 15_000 }: AttacherOptions,
): Controller {
  const caches = cachesOf(deps.informers);
  const edge: Edge = {
    client: deps.client,
    recorder: deps.recorder('attachdetach-controller'),
    clock: deps.clock,
    csi,
    driver,
    timeoutMs,
  };
  return keyedController(
    {
      name: 'attacher',
      concurrency,
      watch: (enqueue) => watch(caches, enqueue),
      reconcileKey: async (key, signal) => {
        if (key.startsWith(nodePrefix)) {
          const node = caches.nodes.get(key.slice(nodePrefix.length));
          if (!node) return never;
          return executeNodeStep(
            reconcileNode(nodeStatusView(node, caches, driver)),
            { node, client: deps.client },
            signal,
          );
        }
        const volume = caches.volumes.get(key.slice(volumePrefix.length));
        if (volume?.spec?.csi?.driver !== driver) return never;
        const view = attachView(volume, caches, driver);
        return execute(reconcile(view), { view, edge }, signal);
      },
    },
    deps,
  );
}

type Caches = ReturnType<typeof cachesOf>;

function cachesOf(informers: Informers) {
  return {
    pods: informers.of(pods),
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    attachments: informers.of(volumeAttachments),
    nodes: informers.of(nodes),
    csiNodes: informers.of(csiNodes),
    csiDrivers: informers.of(csiDrivers),
    proofs: informers.of(fenceProofs),
  };
}

function watch(caches: Caches, enqueue: (key: string) => void): void {
  const wakeVolume = (name: string | undefined): void => {
    if (name) enqueue(volumePrefix + name);
  };
  const wakeVolumesOfPod = (pod: Pod): void => {
    for (const claimKey of claimKeysOf(pod)) wakeVolume(caches.claims.get(claimKey)?.spec?.volumeName);
  };
  const wakeVolumesOfNode = (nodeName: string): void => {
    for (const { spec } of caches.attachments.list()) {
      if (spec.nodeName === nodeName) wakeVolume(spec.source.persistentVolumeName);
    }
    for (const pod of caches.pods.list()) if (pod.spec?.nodeName === nodeName) wakeVolumesOfPod(pod);
  };
  caches.pods.onChange(({ object }) => wakeVolumesOfPod(object));
  caches.claims.onChange(({ object }) => wakeVolume(object.spec?.volumeName));
  caches.volumes.onChange(({ object }) => wakeVolume(object.metadata.name));
  caches.attachments.onChange(({ object, previous }) => {
    // Our own report of a failure must not defeat the backoff.
    if (previous && withoutErrors(object) === withoutErrors(previous)) return;
    wakeVolume(object.spec.source.persistentVolumeName);
    enqueue(nodePrefix + object.spec.nodeName);
  });
  caches.nodes.onChange(({ object, previous, type }) => {
    const { name } = object.metadata;
    enqueue(nodePrefix + name);
    if (type !== 'modified' || !previous || relevant(object) !== relevant(previous)) wakeVolumesOfNode(name);
  });
  caches.csiNodes.onChange(({ object }) => wakeVolumesOfNode(object.metadata.name));
  caches.proofs.onChange(({ object }) => wakeVolume(object.spec.volumeName));
}

function withoutErrors({ metadata, status }: VolumeAttachment): string {
  const { attached, attachmentMetadata } = status ?? { attached: false };
  const { uid, deletionTimestamp, finalizers, annotations } = metadata;
  return JSON.stringify({ uid, deletionTimestamp, finalizers, annotations, attached, attachmentMetadata });
}

/** The part of a node that attaching depends on; the rest changes with every heartbeat. */
function relevant(node: Node): string {
  const { volumesInUse, volumesAttached, nodeInfo } = node.status ?? {};
  return JSON.stringify({ ready: readinessOf(node), volumesInUse, volumesAttached, bootID: nodeInfo?.bootID });
}
