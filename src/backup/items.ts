// What is one item of a backup? An object of the API with its place in the tarball.

import { groupResourceOf, type KubeObject, type Resource } from '../apimachinery/meta.ts';

export interface BackupItem {
  /** `pods`, `statefulsets.apps`. */
  groupResource: string;
  /** The version in which the object is written: `v1`. */
  version: string;
  /** Undefined for a cluster-scoped object. */
  namespace: string | undefined;
  name: string;
  object: KubeObject;
}

/** The item of an object of `resource`. */
export function itemOf(resource: Resource, object: KubeObject): BackupItem {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return {
    groupResource: groupResourceOf(resource),
    version: resource.version,
    namespace: resource.namespaced ? object.metadata.namespace : undefined,
    name: object.metadata.name,
    object: { ...object, apiVersion, kind: resource.kind },
  };
}

/** `{"apps/v1/StatefulSet": ["ns/name"]}`: Velero's resource list; `suffix` is `(created)` and such in restores. */
export function resourceList(items: Iterable<{ item: BackupItem; suffix?: string }>): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const { item, suffix } of items) {
    const kind = `${item.object.apiVersion}/${item.object.kind}`;
    const name = item.namespace === undefined ? item.name : `${item.namespace}/${item.name}`;
    (lists[kind] ??= []).push(suffix === undefined ? name : `${name}(${suffix})`);
  }
  return Object.fromEntries(
    Object.entries(lists)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, names]) => [kind, names.sort()]),
  );
}
