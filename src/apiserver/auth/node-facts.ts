// Which pods are on which node, and what do they use? Read from the watch cache.

import type { PersistentVolume, PersistentVolumeClaim, Pod, PodSpec } from '../../apis/core/generated/v1.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { cachedObject, cachedObjects } from '../registry/cached-objects.ts';
import type { NodeFacts } from './node-authorizer.ts';

/** NodeFacts of the current state. */
export function nodeFacts(cache: WatchCache): NodeFacts {
  return {
    nodeOfPod(namespace, name) {
      const pod = cachedObject<Pod>({ cache }, { group: '', plural: 'pods', key: `${namespace}/${name}` });
      return pod && (pod.spec?.nodeName ?? '');
    },
    podOnNodeUses(nodeName, { resource, namespace, name }) {
      const names = resource === 'secrets' ? secretNames : configMapNames;
      const pods = cachedObjects<Pod>({ cache }, { group: '', plural: 'pods' }).filter(
        (pod) => pod.spec?.nodeName === nodeName,
      );
      if (pods.some((pod) => pod.metadata.namespace === namespace && names(pod.spec as PodSpec).includes(name)))
        return true;
      return resource === 'secrets' && pods.some((pod) => volumeSecrets(cache, pod).includes(`${namespace}/${name}`));
    },
  };
}

/** Secrets, as `namespace/name`, with which the pod's persistent volumes are staged, published and expanded. */
function volumeSecrets(cache: WatchCache, { metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    if (!persistentVolumeClaim) return [];
    const key = `${metadata.namespace}/${persistentVolumeClaim.claimName}`;
    const claim = cachedObject<PersistentVolumeClaim>({ cache }, { group: '', plural: 'persistentvolumeclaims', key });
    const volumeName = claim?.spec?.volumeName ?? '';
    const volume = cachedObject<PersistentVolume>(
      { cache },
      { group: '', plural: 'persistentvolumes', key: volumeName },
    );
    const { nodeStageSecretRef, nodePublishSecretRef, nodeExpandSecretRef } = volume?.spec?.csi ?? {};
    return [nodeStageSecretRef, nodePublishSecretRef, nodeExpandSecretRef].flatMap((ref) =>
      ref ? [`${ref.namespace}/${ref.name}`] : [],
    );
  });
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
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
}
