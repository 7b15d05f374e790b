// Which objects does a backup hold? Reads them from the API, as the backup's spec selects them.

import { groupResourceOf, type KubeObject, type Resource } from '../apimachinery/meta.ts';
import type { Namespace, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import {
  customResourceDefinitions,
  namespaces as namespaceResource,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '../apis/resources.ts';
import { type BackupSpec, veleroNamespace } from '../apis/velero/types.ts';
import type { Client } from '../client/types.ts';
import { type BackupItem, itemOf } from './items.ts';
import { inBackupOrder } from './ordered-resources.ts';
import { clusterScopeOf, isIncluded, isResourceIncluded, isSelectedByLabels, resourceFilterOf } from './selection.ts';

export interface CollectOptions {
  client: Pick<Client, 'list'>;
  /** The resources to look through, each in the version that the server prefers. */
  resources: Resource[];
  spec: BackupSpec;
  /** Namespaced objects that are no part of what is backed up: what the backup itself has made. */
  isForeign?: (object: KubeObject) => boolean;
}

const pageSize = 500;

/** The items of a backup in the order of their backup. Rejects as Client does. */
export async function collectItems(options: CollectOptions, signal: AbortSignal): Promise<BackupItem[]> {
  const { spec, client } = options;
  const allNamespaces = await listAll(client, { resource: namespaceResource }, signal);
  const included = allNamespaces.filter((namespace) => isNamespaceIncluded(namespace, spec));
  const namespaced = await collectNamespaced(
    options,
    included.map((namespace) => namespace.metadata.name),
    signal,
  );
  const namespaceItems = isResourceIncluded(namespaceResource, { excluded: spec.excludedResources })
    ? included.map((namespace) => itemOf(namespaceResource, namespace))
    : [];
  const cluster = await collectClusterScoped(options, namespaced, signal);
  return inBackupOrder([...namespaceItems, ...cluster, ...namespaced], spec.orderedResources);
}

/** Velero's own namespace is part of a backup only when it is named: its objects are about backups, not in them. */
function isNamespaceIncluded(namespace: Namespace, spec: BackupSpec): boolean {
  const { name } = namespace.metadata;
  if (name === veleroNamespace && !spec.includedNamespaces?.includes(name)) return false;
  return (
    isIncluded(name, { included: spec.includedNamespaces, excluded: spec.excludedNamespaces }) &&
    isSelectedByLabels(namespace, {})
  );
}

async function collectNamespaced(
  { client, resources, spec, isForeign = () => false }: CollectOptions,
  names: string[],
  signal: AbortSignal,
): Promise<BackupItem[]> {
  const filter = resourceFilterOf(spec, { namespaced: true });
  const wanted = resources.filter((resource) => resource.namespaced && isResourceIncluded(resource, filter));
  const [onlyNamespace] = names;
  const inScope = new Set(names);
  const found: BackupItem[] = [];
  const left: BackupItem[] = [];
  for (const resource of names.length > 0 ? wanted : []) {
    const namespace = names.length === 1 ? onlyNamespace : undefined;
    for (const object of await listAll(client, { resource, namespace }, signal)) {
      if (!inScope.has(object.metadata.namespace ?? '') || isForeign(object)) continue;
      (isSelectedByLabels(object, spec) ? found : left).push(itemOf(resource, object));
    }
  }
  return [...found, ...claimsOfPods(found, left)];
}

/** Claims that the labels left out although a selected pod uses them: a pod without its data is no backup. */
function claimsOfPods(found: BackupItem[], left: BackupItem[]): BackupItem[] {
  const used = new Set(
    found
      .filter((item) => item.groupResource === 'pods')
      .flatMap((item) => claimNamesOf(item.object as Pod).map((claim) => `${item.namespace}/${claim}`)),
  );
  return left.filter(
    (item) =>
      item.groupResource === groupResourceOf(persistentVolumeClaims) &&
      used.has(`${item.namespace}/${item.name}`) &&
      isSelectedByLabels(item.object, {}),
  );
}

/** Names of the claims that a pod mounts. */
export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });
}

async function collectClusterScoped(
  { client, resources, spec }: CollectOptions,
  namespaced: BackupItem[],
  signal: AbortSignal,
): Promise<BackupItem[]> {
  const scope = clusterScopeOf(spec);
  if (scope === 'none') return [];
  const filter = resourceFilterOf(spec, { namespaced: false });
  const needed = await relatedNames(client, namespaced, signal);
  const items: BackupItem[] = [];
  for (const resource of resources) {
    const groupResource = groupResourceOf(resource);
    if (resource.namespaced || groupResource === groupResourceOf(namespaceResource)) continue;
    const related = needed.get(groupResource);
    const isWanted = isResourceIncluded(resource, scope === 'all' ? filter : { excluded: filter.excluded });
    if (!isWanted || (scope === 'related' && !related?.size)) continue;
    for (const object of await listAll(client, { resource }, signal)) {
      const isNeeded = related?.has(object.metadata.name) && isSelectedByLabels(object, {});
      if (isNeeded || (scope === 'all' && isSelectedByLabels(object, spec))) items.push(itemOf(resource, object));
    }
  }
  return items;
}

/** What the items cannot come back without: the volumes and classes of their claims, the definitions of their kinds. */
async function relatedNames(
  client: Pick<Client, 'list'>,
  items: BackupItem[],
  signal: AbortSignal,
): Promise<Map<string, Set<string>>> {
  const claims = items
    .filter((item) => item.groupResource === groupResourceOf(persistentVolumeClaims))
    .map((item) => (item.object as PersistentVolumeClaim).spec);
  const definitions = await listAll(client, { resource: customResourceDefinitions }, signal);
  const kinds = new Set(items.map((item) => item.groupResource));
  return new Map([
    [groupResourceOf(persistentVolumes), namesIn(claims.map((claim) => claim?.volumeName))],
    [groupResourceOf(storageClasses), namesIn(claims.map((claim) => claim?.storageClassName))],
    [
      groupResourceOf(customResourceDefinitions),
      namesIn(definitions.map(({ metadata }) => metadata.name).filter((name) => kinds.has(name))),
    ],
  ]);
}

function namesIn(names: (string | undefined)[]): Set<string> {
  return new Set(names.filter((name): name is string => Boolean(name)));
}

/** Every object of a resource, a page at a time. */
export async function listAll<T extends KubeObject>(
  client: Pick<Client, 'list'>,
  { resource, namespace }: { resource: Resource<T>; namespace?: string | undefined },
  signal: AbortSignal,
): Promise<T[]> {
  const objects: T[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(
      resource,
      { limit: pageSize, ...(namespace !== undefined && { namespace }), ...(next && { continue: next }) },
      signal,
    );
    objects.push(...page.items);
    next = page.continue;
  } while (next);
  return objects;
}
