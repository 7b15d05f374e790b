// How does a request become an answer? Authentication, authorization, admission, registry, store.

import { QuantityError } from '../apimachinery/quantity.ts';
import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import { customResourceDefinitionsOf } from '../apis/apiextensions/custom-resource.ts';
import type { ResourceDefinition, SchemaComponents } from '../apis/definition.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { AuditOptions } from './audit/trail.ts';
import { attributesOf } from './auth/attributes.ts';
import { needsDefaultRoles } from './auth/rbac/bootstrap/needed.ts';
import { tokenDocument } from './auth/tokens/documents.ts';
import type { TokenSettings } from './auth/tokens/service-account-tokens.ts';
import { contentTypeOf } from './body.ts';
import { WatchCache } from './cache/watch-cache.ts';
import type { Watcher } from './cache/watcher.ts';
import { CustomResources } from './customresources/follower.ts';
import { discoveryResponse } from './discovery.ts';
import { accessOf, authorize, type Exchange, exchangeOf, requireCredentials, userOf } from './exchange.ts';
import { FlowControl } from './flow/flow-control.ts';
import { levelOf } from './flow/levels.ts';
import { healthResponse, isPublic } from './health.ts';
import { logResponse } from './kubelet/log-response.ts';
import { portForwardTarget, streamTarget } from './kubelet/pod-target.ts';
import type { KubeletClient, KubeletTarget } from './kubelet/types.ts';
import { compactHistory, createDefinitions, createSystemNamespaces, expireEvents, sendBookmarks } from './loops.ts';
import { encodingOf } from './media-type.ts';
import { Metrics } from './metrics.ts';
import { Catalogue, type CatalogueEntry, unknownPath } from './registry/catalogue.ts';
import type { Operation, RegistryParts } from './registry/context.ts';
import { writeOptionsOf } from './registry/write-options.ts';
import { type RequestInfo, requestInfoOf } from './request-info.ts';
import { answerResource, methodNotAllowed } from './resource-requests.ts';
import { errorResponse, withWarnings } from './respond.ts';
import { Schemas } from './schema/schemas.ts';
import { internalError } from './status-body.ts';
import { storeRefusal } from './store-refusal.ts';
import { transcode } from './transcode.ts';
import type { ApiRequest, ApiResponse, UserInfo } from './types.ts';
import { untilAborted, withResolvers } from './until-aborted.ts';

export interface ApiServerOptions {
  store: RevisionStore;
  definitions: readonly ResourceDefinition[];
  /** Called once, on the first request that needs a schema. */
  schemas: () => SchemaComponents;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Absent where there are no agents to reach: logs and exec are refused then. */
  kubelet?: KubeletClient;
  /** How often watchers that asked for bookmarks get one; 1000 unless told otherwise. */
  bookmarkIntervalMs?: number;
  /** A watcher with more unsent bytes is closed; 16 MiB unless told otherwise. */
  watchBufferBytesMax?: number;
  /** Age at which Events are deleted; an hour unless told otherwise. */
  eventTtlMs?: number;
  /** How service account tokens are signed; without it none are issued, accepted or put into pods. */
  tokens?: TokenSettings;
  /** Which requests are written down, and where to; none if absent. */
  audit?: AuditOptions;
  /** Write upstream's default roles and bindings at the start? Without them only masters and nodes may do anything. */
  defaultRoles?: boolean;
}

export interface ApiServer {
  /**
   * Answers one request. Refusals are answers too: it rejects only with the abort reason. `signal` ends
   * watches and logs as well. Requests for resources wait until the server is ready.
   */
  handle(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse>;
  /** Where the stream of an exec or attach request goes, once it is authorized. Rejects with StatusError. */
  connect(request: ApiRequest, signal: AbortSignal): Promise<KubeletTarget>;
  /** Loads the state, creates the system's namespaces, and serves until `signal` aborts. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the server is ready; rejects with the abort reason. */
  ready(signal: AbortSignal): Promise<void>;
}

/** The whole API server, without HTTP. Starts nothing before `run`. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  return new Server(options);
}

const hourMs = 60 * 60 * 1000;
const systemDataDelayMs = 3000;
/** Source: kube-apiserver's --etcd-compaction-interval. */
const compactionIntervalMs = 5 * 60 * 1000;
const streamSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);

class Server implements ApiServer {
  readonly #options: ApiServerOptions;
  readonly #parts: RegistryParts;
  readonly #metrics = new Metrics();
  readonly #flow: FlowControl;
  readonly #bookmarked = new Set<Watcher>();
  readonly #customResources: CustomResources;
  readonly #ready = withResolvers();
  #isReady = false;
  #roles: Promise<void> | undefined;
  #definitions: Promise<void> | undefined;
  /** Aborts when the server stops. */
  #stopped: AbortSignal = AbortSignal.abort();

  constructor(options: ApiServerOptions) {
    const { store, clock, random, log } = options;
    this.#options = options;
    this.#flow = new FlowControl({ clock });
    const cache = new WatchCache(store);
    this.#parts = {
      store,
      clock,
      random,
      log,
      cache,
      access: accessOf(cache, options),
      catalogue: new Catalogue(options.definitions),
      schemas: new Schemas(options.schemas),
    };
    this.#customResources = new CustomResources(this.#parts);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cache, clock } = this.#parts;
    const { bookmarkIntervalMs = 1000, eventTtlMs = hourMs } = this.#options;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) stop.abort(signal.reason);
    try {
      await Promise.all([
        cache.run(stop.signal),
        this.#start(stop.signal),
        this.#followCustomResources(stop.signal),
        sendBookmarks(this.#bookmarked, { cache, clock, intervalMs: bookmarkIntervalMs, signal: stop.signal }),
        expireEvents(this.#parts, { ttlMs: eventTtlMs, signal: stop.signal }),
        compactHistory(this.#parts, { intervalMs: compactionIntervalMs, signal: stop.signal }),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      // One part that fails takes the others with it.
      stop.abort();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#isReady) return;
    await untilAborted(this.#ready.promise, signal);
  }

  async #followCustomResources(signal: AbortSignal): Promise<void> {
    await this.ready(signal);
    await this.#customResources.run(signal);
  }

  async #start(signal: AbortSignal): Promise<void> {
    await this.#parts.cache.reached(0, signal);
    await this.#customResources.start();
    await createSystemNamespaces(this.#parts, signal);
    this.#stopped = signal;
    this.#isReady = true;
    this.#ready.resolve();
    // Much to write: who starts beside this server goes first. Whoever needs some of it gets it earlier.
    await this.#parts.clock.sleep(systemDataDelayMs, signal);
    await this.#defaultRoles();
    await this.#ownDefinitions();
  }

  /** Writes the default roles and bindings, once; until then nothing is answered that depends on them. */
  #defaultRoles(): Promise<void> {
    this.#roles ??= this.#options.defaultRoles
      ? import('./auth/rbac/bootstrap/apply.ts').then(({ applyBootstrapPolicy }) =>
          applyBootstrapPolicy(this.#parts, this.#stopped),
        )
      : Promise.resolve();
    return this.#roles;
  }

  /** Writes the definitions of the custom resources that are built in, once; until then no definition is shown. */
  #ownDefinitions(): Promise<void> {
    this.#definitions ??= createDefinitions(
      this.#parts,
      customResourceDefinitionsOf(this.#options.definitions, this.#options.schemas()),
      this.#stopped,
    );
    return this.#definitions;
  }

  async handle(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const { clock, log } = this.#parts;
    const info = requestInfoOf(request);
    const startedAt = clock.monotonic();
    const exchange = exchangeOf({ request, info }, this.#options.audit, this.#parts);
    let response: ApiResponse;
    try {
      const answer = withWarnings(await this.#answer(exchange, signal), exchange.warnings);
      response = await transcode(answer, encodingOf(request.headers['accept']));
    } catch (error) {
      if (signal.aborted) throw error;
      const known = isStatus(error) ? error : (quantityRefusal(error) ?? storeRefusal(error));
      const refusal = known ?? internalError(error);
      if (!known) log.error('request failed', { error, method: request.method, path: info.path });
      response = await transcode(errorResponse(refusal), encodingOf(request.headers['accept']));
    }
    this.#metrics.observe(info, { code: response.status, ms: clock.monotonic() - startedAt });
    return exchange.trail?.answered(response) ?? response;
  }

  async connect(request: ApiRequest, signal: AbortSignal): Promise<KubeletTarget> {
    const info = requestInfoOf(request);
    const exchange = exchangeOf({ request, info }, this.#options.audit, this.#parts);
    const operation = await this.#operation(exchange, await this.#userOf(exchange, signal), signal);
    const { subresource } = info;
    if (operation.entry.groupResource === 'pods' && (subresource === 'exec' || subresource === 'attach')) {
      return streamTarget(operation, subresource);
    }
    if (operation.entry.groupResource === 'pods' && subresource === 'portforward') return portForwardTarget(operation);
    throw new StatusError('BadRequest', `${info.path} does not take a stream`);
  }

  async #answer(exchange: Exchange, signal: AbortSignal): Promise<ApiResponse> {
    const { info } = exchange;
    if (isPublic(info.path))
      return healthResponse(info.path, { isReady: this.#isReady }) ?? errorResponse(unknownPath());
    const user = await this.#userOf(exchange, signal);
    const level = levelOf(user, attributesOf(info));
    const serve = (): Promise<ApiResponse> => this.#serve(exchange, user, signal);
    // Counted until the answer begins: a watch holds no seat.
    return level ? this.#flow.run({ level, flow: user.name }, serve, signal) : serve();
  }

  async #serve(exchange: Exchange, user: UserInfo, signal: AbortSignal): Promise<ApiResponse> {
    const { request, info } = exchange;
    if (!info.isResourceRequest) {
      authorize(exchange, user, this.#parts.access);
      return this.#answerDocument(exchange, signal);
    }
    const operation = await this.#operation(exchange, user, signal);
    if (operation.entry.groupResource === 'pods') {
      if (info.subresource === 'log' && info.verb === 'get') return logResponse(operation, this.#options.kubelet);
      if (streamSubresources.has(info.subresource)) throw new StatusError('BadRequest', 'Upgrade request required');
    }
    if (info.group === 'metrics.k8s.io') {
      const { metricsResponse } = await import('./usage/metrics-response.ts');
      return metricsResponse(operation, request, this.#options.kubelet);
    }
    const bufferBytesMax = this.#options.watchBufferBytesMax ?? 16 * 1024 * 1024;
    const onOverflow = (): void => this.#metrics.closedSlowWatcher();
    return answerResource(operation, request, { watch: { bookmarked: this.#bookmarked, bufferBytesMax, onOverflow } });
  }

  /** The request, authenticated and authorized, with all that the registry needs. */
  async #operation(exchange: Exchange, user: UserInfo, signal: AbortSignal): Promise<Operation> {
    const { request, info, warnings } = exchange;
    authorize(exchange, user, this.#parts.access);
    if (info.group === 'apiextensions.k8s.io') await untilAborted(this.#ownDefinitions(), signal);
    const entry = await this.#entryOf(info, signal);
    const { custom } = entry.definition;
    if (custom?.deprecationWarning) warnings.push(custom.deprecationWarning);
    const userAgent = request.headers['user-agent'] ?? '';
    const write = writeOptionsOf(info, { contentType: contentTypeOf(request), userAgent });
    // Written out: a spread of the parts costs more than all the rest of a read.
    const { store, cache, catalogue, schemas, access, clock, random, log } = this.#parts;
    return {
      store,
      cache,
      catalogue,
      schemas,
      access,
      clock,
      random,
      log,
      info,
      entry,
      user,
      warnings,
      write,
      isDryRun: write.isDryRun,
      signal,
    };
  }

  async #entryOf(info: RequestInfo, signal: AbortSignal): Promise<CatalogueEntry> {
    const { catalogue } = this.#parts;
    // A definition that was established just now may not have reached the catalogue yet.
    if (!catalogue.find({ ...info, plural: info.resource })) await this.#customResources.settled(signal);
    return catalogue.require(info);
  }

  /** Who has no certificate waits until the server is ready: tokens are checked against its state. */
  async #userOf(exchange: Exchange, signal: AbortSignal): Promise<UserInfo> {
    requireCredentials(exchange);
    await this.ready(signal);
    if (needsDefaultRoles(exchange.request, exchange.info)) await untilAborted(this.#defaultRoles(), signal);
    return userOf(exchange, this.#parts);
  }

  async #answerDocument({ request, info }: Exchange, signal: AbortSignal): Promise<ApiResponse> {
    if (info.method !== 'GET' && info.method !== 'HEAD') throw methodNotAllowed();
    const { catalogue, cache, schemas } = this.#parts;
    if (this.#isReady) await this.#customResources.settled(signal);
    const discovery = discoveryResponse(catalogue, request, info.path);
    if (discovery) return discovery;
    const document = tokenDocument(this.#parts.access.tokens, request);
    if (document) return document;
    if (info.path === '/metrics') return this.#metrics.response({ amarre_store_revision: cache.revision });
    if (info.path.startsWith('/openapi/v3')) {
      const { openApiResponse } = await import('./openapi/response.ts');
      return openApiResponse({ catalogue, schemas }, request, info) ?? errorResponse(unknownPath());
    }
    throw unknownPath();
  }
}

/** A malformed quantity that defaulting met before validation could. Upstream refuses it in decoding. */
function quantityRefusal(error: unknown): StatusError | undefined {
  return error instanceof QuantityError
    ? new StatusError('BadRequest', `the object provided is unrecognized: ${error.message}`, { cause: error })
    : undefined;
}
