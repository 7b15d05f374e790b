// What does the server answer on paths that name no resource? Discovery, OpenAPI, metrics, health, keys; an index of them all.

import { tokenDocument, tokenPaths } from './auth/tokens/documents.ts';
import { discoveryResponse } from './discovery.ts';
import type { Exchange } from './exchange.ts';
import { type Health, isHealthPath } from './health.ts';
import type { Advertised } from './kubernetes-service.ts';
import { requireAccepted } from './media-type.ts';
import { methodNotAllowed, unknownPath } from './registry/catalogue.ts';
import type { RegistryParts } from './registry/context.ts';
import { errorResponse, textResponse, unendedResponse } from './respond.ts';
import type { ApiRequest, ApiResponse } from './types.ts';
import { serverVersion } from './version.ts';

export interface DocumentDeps {
  parts: RegistryParts;
  health: Health;
  /** Of the paths that begin with `/metrics`. */
  metrics: (path: string) => Promise<ApiResponse>;
  /** Resolves when the catalogue shows every custom resource that the store has acknowledged. */
  settled: (signal: AbortSignal) => Promise<void>;
  /** Where the server is reached; where the client found it, if absent. */
  advertised: Advertised | undefined;
}

/** Does `path` answer without credentials? */
export function isPublic(path: string): boolean {
  return isHealthPath(path) || isVersionPath(path);
}

/** Answers the paths that are public. */
export async function publicResponse(
  health: Health,
  { info, request }: Exchange,
  signal: AbortSignal,
): Promise<ApiResponse> {
  if (isVersionPath(info.path)) {
    if (info.method !== 'GET') throw methodNotAllowed();
    requireAccepted(request.headers['accept'], { encodings: ['json'], isRouted: true });
    return unendedResponse(serverVersion, { indent: 2 });
  }
  return (await health.response(info, signal)) ?? pageNotFound();
}

/** The answer to a request that is allowed. Rejects with MethodNotAllowed where there is a route to something to read. */
export async function documentResponse(deps: DocumentDeps, exchange: Exchange): Promise<ApiResponse> {
  const isRead = exchange.info.method === 'GET';
  const isOfTokens = deps.parts.access.tokens !== undefined && tokenPaths.includes(exchange.info.path);
  if (isOfTokens && !isRead) throw methodNotAllowed();
  const found = await lookUp(deps, exchange);
  if (!found) return isOfGroup(deps, exchange.info.path) ? errorResponse(unknownPath()) : pageNotFound();
  if (!isRead && isRouted(exchange.info.path)) throw methodNotAllowed();
  return found;
}

/** Has the path a route, and not a handler of its own, which looks at no method? */
function isRouted(path: string): boolean {
  return /^\/api(?:\/|$)|^\/apis\/[^/]+\/[^/]/.test(path);
}

/** Below a group that is served, it is a matter of resources. */
function isOfGroup({ parts: { catalogue } }: DocumentDeps, path: string): boolean {
  if (/^\/api\/[^/]+/.test(path)) return true;
  const [, group] = /^\/apis\/([^/]+)\/[^/]/.exec(path) ?? [];
  return group !== undefined && catalogue.servesGroup({ group });
}

/** What upstream's mux says where it has no handler. */
export function pageNotFound(): ApiResponse {
  return textResponse(404, '404 page not found\n');
}

async function lookUp(deps: DocumentDeps, { request, info, lifetime }: Exchange): Promise<ApiResponse | undefined> {
  const { signal } = lifetime;
  const { parts, health, metrics, settled } = deps;
  const { catalogue, schemas, access, clock } = parts;
  const { path } = info;
  if (path === '/metrics' || path === '/metrics/slis') return metrics(path);
  // Asked when the store does not answer, it must say so.
  const state = await health.response(info, signal);
  if (state) return state;
  await settled(signal);
  const document =
    discoveryResponse(catalogue, request, { path, address: addressOf(deps, request) }) ??
    tokenDocument(access.tokens, request);
  if (document) return document;
  if (path === '/' || path === '/index.html') return index(deps);
  if (path === '/openapi/v2') {
    const { swaggerResponse } = await import('./openapi/swagger-response.ts');
    return swaggerResponse({ catalogue, schemas, clock }, request);
  }
  if (path !== '/openapi/v3' && !/^\/openapi\/v3\/./.test(path)) return undefined;
  const { openApiResponse } = await import('./openapi/response.ts');
  return openApiResponse({ catalogue, schemas, clock }, request, info);
}

/** `host:port` for clients that have just come. */
function addressOf({ advertised }: DocumentDeps, { headers }: ApiRequest): string {
  if (advertised) return `${advertised.address}:${advertised.port}`;
  return headers[':authority'] ?? headers['host'] ?? '';
}

/** Models meta/v1 RootPaths. */
function index({ parts, health }: DocumentDeps): ApiResponse {
  const { catalogue, access } = parts;
  const served = new Set([
    '/api',
    '/apis',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/version',
    ...health.paths,
  ]);
  for (const { definition, apiVersion } of catalogue.entries) {
    const { group } = definition.resource;
    served.add(group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`);
    if (group !== '') served.add(`/apis/${group}`);
  }
  if (access.tokens) for (const path of tokenPaths) served.add(path);
  return unendedResponse({ paths: [...served].toSorted() }, { indent: 2 });
}

function isVersionPath(path: string): boolean {
  return /^\/version\/*$/.test(path);
}
