// Where does a pod run, as its own labels tell it? Source: plugin/pkg/admission/podtopologylabels.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Binding, Node, Pod } from '../../apis/core/generated/v1.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';

const copied = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'];

/** Gives a pod that has a node from the start, and the Binding of any other, the zone and region of the node as labels. */
export function topologyLabels({ verb, operation, object }: AdmissionRequest): Promise<void> | undefined {
  const { info, entry } = operation;
  if (verb !== 'CREATE' || entry.groupResource !== 'pods' || !object) return undefined;
  const nodeName = nodeNameOf(object, info.subresource);
  return nodeName ? copyLabels(operation, object, nodeName) : undefined;
}

function nodeNameOf(object: KubeObject, subresource: string): string | undefined {
  if (subresource === '') return (object as Pod).spec?.nodeName;
  const { kind, name } = subresource === 'binding' ? (object as Binding).target : {};
  return kind === 'Node' ? name : undefined;
}

async function copyLabels(
  operation: AdmissionRequest['operation'],
  { metadata }: KubeObject,
  nodeName: string,
): Promise<void> {
  await operation.cache.caughtUp(operation.signal);
  const node = cachedObject<Node>(operation, { group: '', plural: 'nodes', key: nodeName });
  for (const key of copied) {
    const value = node?.metadata.labels?.[key];
    if (value !== undefined) metadata.labels = { ...metadata.labels, [key]: value };
  }
}
