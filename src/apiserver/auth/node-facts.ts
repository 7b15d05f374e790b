// Which pods are on which node, and what do they use? Read from the watch cache.

import type { Pod, PodSpec } from '../../apis/core/generated/v1.ts';
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
      const pods = cachedObjects<Pod>({ cache }, { group: '', plural: 'pods', namespace });
      const names = resource === 'secrets' ? secretNames : configMapNames;
      return pods.some((pod) => pod.spec?.nodeName === nodeName && names(pod.spec).includes(name));
    },
  };
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
