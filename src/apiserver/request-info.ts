// What does a URL ask for? The reading of paths that upstream calls RequestInfo.

import { requiredValue } from '../apimachinery/field-selector.ts';
import type { ApiRequest } from './types.ts';

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  /** Any method on a path that names no resource. */
  | 'other';

/** Source: k8s.io/apiserver/pkg/endpoints/request RequestInfo. */
export interface RequestInfo {
  /** Without query, as sent. */
  path: string;
  query: URLSearchParams;
  method: string;
  verb: Verb;
  /** False for discovery, health and such: the fields below are then empty. */
  isResourceRequest: boolean;
  group: string;
  version: string;
  /** Plural; empty for the discovery document of a group version. */
  resource: string;
  subresource: string;
  /** What comes after the subresource, as sent: the path of a proxy request, with its slash. Nothing else has one. */
  subpath: string;
  /** Empty for cluster-scoped resources and for all namespaces. */
  namespace: string;
  /** Empty for collections, unless a field selector picks one name. */
  name: string;
  /** Is the name in the path, not only in a field selector? */
  isNamed: boolean;
}

const verbs: Record<string, Verb> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of a namespace itself; anything else after its name is a resource within it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/** Of all requests that have none: nobody changes a query. */
const noQuery = new URLSearchParams();

/** Reads a request's URL. Never fails: a path that names nothing is no resource request. */
export function requestInfoOf({ method, path: target }: Pick<ApiRequest, 'method' | 'path'>): RequestInfo {
  const [path, query = ''] = splitOnce(target, '?');
  const info: RequestInfo = {
    path,
    query: query === '' ? noQuery : new URLSearchParams(query),
    method,
    verb: 'other',
    isResourceRequest: false,
    group: '',
    version: '',
    resource: '',
    subresource: '',
    subpath: '',
    namespace: '',
    name: '',
    isNamed: false,
  };
  const parts = segmentsOf(trimmed(path));
  const rest = takeGroupVersion(parts, info);
  if (!rest || rest.length === 0) return info;

  info.isResourceRequest = true;
  info.verb = verbs[method] ?? 'other';
  // `/api/v1/watch/…` is the old spelling of `?watch=true`.
  const isWatchPath = rest[0] === 'watch' && rest.length > 1;
  const more = takeResource(isWatchPath ? rest.slice(1) : rest, info);
  if (info.subresource !== '') info.subpath = behind(path, parts.length - more);
  info.verb = verbOf(info, isWatchPath);
  return info;
}

/** Slashes at the end mean nothing; elsewhere they leave an empty segment, which names nothing. */
function trimmed(path: string): string {
  const start = path.startsWith('/') ? 1 : 0;
  let end = path.length;
  while (end > start && path[end - 1] === '/') end -= 1;
  return path.slice(start, end);
}

/** An escaped slash separates as any other does. Each request comes by here, and `split` is slow for a text that is new. */
function segmentsOf(path: string): string[] {
  if (path === '') return [];
  const decoded = decode(path);
  const segments: string[] = [];
  let from = 0;
  for (let slash = decoded.indexOf('/'); slash >= 0; slash = decoded.indexOf('/', from)) {
    segments.push(decoded.slice(from, slash));
    from = slash + 1;
  }
  segments.push(decoded.slice(from));
  return segments;
}

function takeGroupVersion(parts: string[], info: RequestInfo): string[] | undefined {
  if (parts[0] === 'api' && parts.length >= 2) {
    info.version = parts[1] as string;
    return parts.slice(2);
  }
  if (parts[0] === 'apis' && parts.length >= 3 && parts[1] !== '') {
    info.group = parts[1] as string;
    info.version = parts[2] as string;
    return parts.slice(3);
  }
  return undefined;
}

/** Gives the number of segments behind the subresource. */
function takeResource(parts: string[], info: RequestInfo): number {
  let rest = parts;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1] as string;
    const isWithin = parts.length > 2 && !namespaceSubresources.has(parts[2] as string);
    if (isWithin) rest = parts.slice(2);
  }
  info.resource = rest[0] as string;
  info.name = rest[1] ?? '';
  info.isNamed = info.name !== '';
  info.subresource = rest[2] ?? '';
  // Nothing has an empty name, and so no part of it has a path.
  if (rest.length > 1 && !info.isNamed) info.resource = '';
  return Math.max(0, rest.length - 3);
}

/** What is left of a path behind its first `count` segments, as it was sent. */
function behind(path: string, count: number): string {
  let at = 0;
  while (path[at] === '/') at += 1;
  for (let seen = 0; seen < count && at < path.length; seen++) {
    const next = path.indexOf('/', seen === 0 ? at : at + 1);
    at = next < 0 ? path.length : next;
  }
  return path.slice(at);
}

function verbOf(info: RequestInfo, isWatchPath: boolean): Verb {
  if (info.verb === 'get' && (isWatchPath || isTrue(info.query.get('watch')))) {
    // Upstream watches one object by its path only where the old spelling is used.
    if (!info.isNamed || isWatchPath) return listVerb(info, 'watch');
  }
  if (info.isNamed) return info.verb;
  if (info.verb === 'get') return listVerb(info, 'list');
  return info.verb === 'delete' ? 'deletecollection' : info.verb;
}

/** Who may read one object may read it as a list of one. Of what is written a selector names nothing: what is new would be free. */
function listVerb(info: RequestInfo, verb: 'list' | 'watch'): Verb {
  info.name ||= nameInFieldSelector(info.query.get('fieldSelector') ?? '');
  return verb;
}

/** The name that `metadata.name=x` picks; empty without such a term. */
function nameInFieldSelector(selector: string): string {
  const name = requiredValue(selector, 'metadata.name') ?? '';
  return segmentProblem(name) ? '' : name;
}

/** Why a name can be no part of a path. Source: apimachinery/pkg/api/validation/path. */
export function segmentProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  const bad = ['/', '%'].find((each) => name.includes(each));
  return bad && `may not contain '${bad}'`;
}

/** Query parameters are true in these spellings: `true`, `1`, and present without a value. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    // A bad escape names no object: it is looked up as written and not found.
    if (error instanceof URIError) return part;
    throw error;
  }
}
