// Which pods are on which node, and what do they lead to? Read from the watch cache.

import type { PersistentVolume, PersistentVolumeClaim, Pod, PodSpec } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { registryPrefix, type WatchCache } from '../cache/watch-cache.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { NodeFacts, ReachableResource } from './node-authorizer.ts';

interface Target {
  namespace: string;
  name: string;
}

/** NodeFacts of the current state. Made once for a server: it keeps an index of pods by node. */
export function nodeFacts(cache: WatchCache): NodeFacts {
  let index: PodIndex | undefined;
  const podsOn = (nodeName: string): Pod[] => {
    index ??= new PodIndex(cache);
    return index.podsOn(nodeName);
  };
  return {
    nodeOfPod(namespace, name) {
      const pod = cachedObject<Pod>({ cache }, { group: '', plural: 'pods', key: `${namespace}/${name}` });
      return pod && (pod.spec?.nodeName ?? '');
    },
    reaches(nodeName, { resource, ...target }) {
      if (resource === 'volumeattachments') return attachmentOf(cache, target.name)?.spec.nodeName === nodeName;
      return podsOn(nodeName).some((pod) => leadsTo[resource](cache, pod, target));
    },
  };
}

/** Pods by node, kept up to date by the cache's events. */
class PodIndex {
  readonly #cache: WatchCache;
  readonly #keys = new Map<string, Set<string>>();
  readonly #prefix = `${registryPrefix}core/pods/`;

  constructor(cache: WatchCache) {
    this.#cache = cache;
    const collection = cache.collection(this.#prefix);
    for (const { key, object } of collection.below(this.#prefix)) this.#add(key, object);
    collection.sinks.add({
      offer: ({ key, current, previous }) => {
        if (previous) this.#keys.get(nodeOf(previous.object))?.delete(key);
        if (current) this.#add(key, current.object);
      },
    });
  }

  podsOn(nodeName: string): Pod[] {
    const collection = this.#cache.collection(this.#prefix);
    return [...(this.#keys.get(nodeName) ?? [])].flatMap((key) => {
      const pod = collection.get(key)?.object;
      return pod ? [pod] : [];
    });
  }

  #add(key: string, pod: Pod): void {
    const node = nodeOf(pod);
    if (node === '') return;
    const keys = this.#keys.get(node);
    if (keys) keys.add(key);
    else this.#keys.set(node, new Set([key]));
  }
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? '';
}

type LeadsTo = (cache: WatchCache, pod: Pod, target: Target) => boolean;

const leadsTo: Record<Exclude<ReachableResource, 'volumeattachments'>, LeadsTo> = {
  configmaps: (_cache, { metadata, spec }, { namespace, name }) =>
    metadata.namespace === namespace && configMapNames(spec as PodSpec).includes(name),
  secrets: (cache, pod, { namespace, name }) =>
    (pod.metadata.namespace === namespace && secretNames(pod.spec as PodSpec).includes(name)) ||
    volumesOf(cache, pod).some((volume) => volumeSecrets(volume).includes(`${namespace}/${name}`)),
  serviceaccounts: (_cache, { metadata, spec }, { namespace, name }) =>
    metadata.namespace === namespace && (spec?.serviceAccountName || 'default') === name,
  persistentvolumeclaims: (_cache, pod, { namespace, name }) =>
    pod.metadata.namespace === namespace && claimNames(pod).includes(name),
  persistentvolumes: (cache, pod, { name }) => volumesOf(cache, pod).some((volume) => volume.metadata.name === name),
};

function attachmentOf(cache: WatchCache, name: string): VolumeAttachment | undefined {
  return cachedObject<VolumeAttachment>({ cache }, { group: 'storage.k8s.io', plural: 'volumeattachments', key: name });
}

/** Claims that the pod names, and those that are made for its ephemeral volumes. */
function claimNames({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${metadata.name}-${name}`] : [];
  });
}

/** Volumes that are bound to the pod's claims, as both sides say. */
export function volumesOf(cache: WatchCache, pod: Pod): PersistentVolume[] {
  return claimNames(pod).flatMap((claimName) => {
    const key = `${pod.metadata.namespace}/${claimName}`;
    const claim = cachedObject<PersistentVolumeClaim>({ cache }, { group: '', plural: 'persistentvolumeclaims', key });
    const name = claim?.spec?.volumeName;
    const volume =
      name && cachedObject<PersistentVolume>({ cache }, { group: '', plural: 'persistentvolumes', key: name });
    // A claim may name any volume; only one that is bound to it is its own.
    return volume && volume.spec?.claimRef?.uid === claim?.metadata.uid ? [volume] : [];
  });
}

/** Secrets, as `namespace/name`, with which a persistent volume is staged, published and expanded. */
function volumeSecrets({ spec }: PersistentVolume): string[] {
  const { nodeStageSecretRef, nodePublishSecretRef, nodeExpandSecretRef } = spec?.csi ?? {};
  return [nodeStageSecretRef, nodePublishSecretRef, nodeExpandSecretRef].flatMap((ref) =>
    ref ? [`${ref.namespace}/${ref.name}`] : [],
  );
}

function secretNames(spec: PodSpec): (string | undefined)[] {
  return [
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
    ...(spec.volumes ?? []).flatMap(({ secret, csi, projected }) => [
      secret?.secretName,
      csi?.nodePublishSecretRef?.name,
      ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ]),
    ...environments(spec).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]),
  ];
}

function configMapNames(spec: PodSpec): (string | undefined)[] {
  return [
    ...(spec.volumes ?? []).flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
    ...environments(spec).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ]),
  ];
}

function environments(spec: PodSpec) {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
}
