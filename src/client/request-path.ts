// Which URL stands for an object, a collection, a watch?

import type { KubeObject, Resource } from '../apimachinery/meta.ts';
import type { ExecOptions, ListOptions, ObjectName, Subresource, WatchOptions } from './types.ts';

/** `/api/v1/namespaces/shop/pods` or `/apis/apps/v1/statefulsets` (all namespaces). */
export function collectionPath<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined): string {
  const group = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${group}${scope}/${resource.plural}`;
}

/** `/api/v1/namespaces/shop/pods/web-0/status`. */
export function objectPath<T extends KubeObject>(
  resource: Resource<T>,
  { namespace, name }: ObjectName,
  subresource?: Subresource,
): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

export function listPath<T extends KubeObject>(resource: Resource<T>, options: ListOptions): string {
  const { namespace, labelSelector, fieldSelector, limit, continue: token } = options;
  const query = queryOf({ labelSelector, fieldSelector, limit, continue: token });
  return `${collectionPath(resource, namespace)}${query}`;
}

export function watchPath<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): string {
  const { namespace, labelSelector, fieldSelector, resourceVersion } = options;
  const query = queryOf({ labelSelector, fieldSelector, resourceVersion, watch: true, allowWatchBookmarks: true });
  return `${collectionPath(resource, namespace)}${query}`;
}

export function execPath({ namespace, podName, container, command }: ExecOptions): string {
  const query = new URLSearchParams();
  for (const word of command) query.append('command', word);
  if (container) query.set('container', container);
  query.set('stdout', 'true');
  query.set('stderr', 'true');
  const pod = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(podName)}`;
  return `${pod}/exec?${query}`;
}

function queryOf(fields: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
