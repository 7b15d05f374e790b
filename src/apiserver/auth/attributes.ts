// What is asked for, in the terms of authorization? Source: apiserver/pkg/authorization/authorizer Attributes.

import type { RequestInfo } from '../request-info.ts';

/** One thing that someone wants to do: to a resource, or to a path that names none. */
export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  isResource: true;
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  /** Empty for cluster-scoped resources and for all namespaces. */
  namespace: string;
  /** Empty for collections, unless a field selector picks one name. */
  name: string;
  /** As the query has it; empty without one. */
  fieldSelector: string;
  /** Is the name in the path, not only in a field selector? */
  isNamed: boolean;
}

export interface PathAttributes {
  isResource: false;
  /** HTTP method in lower case. */
  verb: string;
  path: string;
}

/** What a request asks for. */
export function attributesOf(info: RequestInfo): Attributes {
  if (!info.isResourceRequest) return { isResource: false, verb: info.method.toLowerCase(), path: info.path };
  const { verb, group, version, resource, subresource, namespace, name, isNamed, query } = info;
  const fieldSelector = query.get('fieldSelector') ?? '';
  return {
    isResource: true,
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    isNamed,
    fieldSelector,
  };
}

/** A question about one resource, with everything empty that is not said. */
export function resourceAttributes(
  asked: Partial<Omit<ResourceAttributes, 'isResource'>> & Pick<ResourceAttributes, 'verb' | 'resource'>,
): ResourceAttributes {
  return {
    isResource: true,
    group: '',
    version: 'v1',
    subresource: '',
    namespace: '',
    name: '',
    fieldSelector: '',
    isNamed: (asked.name ?? '') !== '',
    ...asked,
  };
}
