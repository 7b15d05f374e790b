// How does a request become an answer? Authentication, authorization, admission, registry, store.

import { abortable } from '../base/abortable.ts';
import { followPolicies } from './admission/dynamic/policy-status.ts';
import type { ApiServer, ApiServerOptions, Lifetime, StreamGrant } from './api-server.ts';
import { needsDefaultRoles } from './auth/rbac/bootstrap/needed.ts';
import { contentTypeOf } from './body.ts';
import { WatchCache } from './cache/watch-cache.ts';
import { CustomResources } from './customresources/follower.ts';
import { documentResponse, isPublic, pageNotFound, publicResponse } from './documents.ts';
import { accessOf, authorize, type Exchange, exchangeOf, noteAsker, requireCredentials, userOf } from './exchange.ts';
import { FlowControl } from './flow/flow-control.ts';
import { levelOf } from './flow/levels.ts';
import { Health } from './health.ts';
import { connectResponse, connectSubresources, streamTargetOf } from './kubelet/connect.ts';
import { compactHistory, expireEvents, followStore, sendBookmarks } from './loops.ts';
import { metricsResponse, startMetrics } from './metrics/exposition.ts';
import { isMutating } from './metrics/request-metrics.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { storageSize } from './metrics/storage-size.ts';
import { operationOf } from './operation.ts';
import { refusalOf } from './refusal.ts';
import { Catalogue, type CatalogueEntry, requirePlace, unknownPath } from './registry/catalogue.ts';
import type { Operation, RegistryParts } from './registry/context.ts';
import { Turns } from './registry/turns.ts';
import { writeOptionsOf } from './registry/write-options.ts';
import { requestInfoOf } from './request-info.ts';
import { checkTimeout } from './request-timeout.ts';
import { answerResource, type WatchDeps } from './resource-requests.ts';
import { errorResponse, withWarnings } from './respond.ts';
import { Schemas } from './schema/schemas.ts';
import { Startup, startSteps } from './start.ts';
import { streamOutcome } from './stream-outcome.ts';
import { transcode, writingFor } from './transcode.ts';
import type { ApiRequest, ApiResponse, UserInfo } from './types.ts';
import { withResolvers } from './with-resolvers.ts';

/** The whole API server, without HTTP. Starts nothing before `run`. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  return new Server(options);
}

/** Source: kube-apiserver's --etcd-compaction-interval. */
const compactionIntervalMs = 5 * 60 * 1000;

class Server implements ApiServer {
  readonly #options: ApiServerOptions;
  readonly #parts: RegistryParts;
  readonly #metrics: ServerMetrics;
  readonly #health: Health;
  readonly #startup: Startup;
  readonly #flow: FlowControl;
  readonly #watching: WatchDeps;
  readonly #customResources: CustomResources;
  readonly #ready = withResolvers();
  #isReady = false;
  readonly handshakeFailed = (): void => this.#metrics.handshakeFailed();

  constructor(options: ApiServerOptions) {
    const { store, clock, random, log } = options;
    const catalogue = new Catalogue(options.definitions);
    this.#metrics = new ServerMetrics(catalogue, clock);
    this.#options = { ...options, audit: this.#metrics.audited(options.audit) };
    this.#flow = new FlowControl({ clock });
    const bufferBytesMax = options.watchBufferBytesMax ?? 16 * 1024 * 1024;
    this.#watching = { bookmarked: new Set(), bufferBytesMax, metrics: this.#metrics.watches };
    const cache = new WatchCache(store, log);
    this.#parts = {
      store,
      clock,
      random,
      log,
      cache,
      access: accessOf(cache, options),
      turns: new Turns(clock),
      catalogue,
      schemas: new Schemas(options.schemas),
      admissions: this.#metrics.admissions,
      bodies: this.#metrics.bodies,
    };
    this.#customResources = new CustomResources(this.#parts);
    this.#health = new Health({ store, clock, log, steps: startSteps });
    this.#startup = new Startup(options, this.#parts);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cache, clock } = this.#parts;
    const { bookmarkIntervalMs = 1000, eventTtlMs = 60 * 60 * 1000 } = this.#options;
    const stop = new AbortController();
    const onAbort = (): void => {
      this.#health.stopping();
      stop.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) stop.abort(signal.reason);
    const parts = [
      followStore(this.#parts, stop.signal),
      this.#start(stop.signal),
      this.#followDefinitions(stop.signal),
      this.ready(stop.signal).then(() => this.#startup.advertise(stop.signal)),
      sendBookmarks(this.#watching.bookmarked, { cache, clock, intervalMs: bookmarkIntervalMs, signal: stop.signal }),
      expireEvents(this.#parts, { ttlMs: eventTtlMs, signal: stop.signal }),
      compactHistory(this.#parts, { intervalMs: compactionIntervalMs, signal: stop.signal }),
    ];
    try {
      await Promise.all(parts);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      // One part that fails takes the others with it.
      stop.abort();
      signal.removeEventListener('abort', onAbort);
      // Who stops has something left to do: this server is taken out of the endpoints.
      await Promise.allSettled(parts);
    }
  }

  #start(signal: AbortSignal): Promise<void> {
    const onReady = (): void => {
      this.#isReady = true;
      this.#ready.resolve();
    };
    return this.#startup.run({ customResources: this.#customResources, health: this.#health, onReady }, signal);
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#isReady) return;
    await abortable(this.#ready.promise, signal);
  }

  /** Of custom resources, and of policies: each has a status to be written. */
  async #followDefinitions(signal: AbortSignal): Promise<void> {
    await this.ready(signal);
    await Promise.all([this.#customResources.run(signal), followPolicies(this.#parts, signal)]);
  }

  async handle(request: ApiRequest, lifetime: Lifetime): Promise<ApiResponse> {
    const { clock, log } = this.#parts;
    const info = requestInfoOf(request);
    const startedAt = clock.monotonic();
    const exchange = exchangeOf({ request, info, lifetime }, this.#options.audit, this.#parts);
    const writing = writingFor(request, info.query);
    let response: ApiResponse | undefined;
    this.#metrics.requests.began(info);
    try {
      try {
        const answer = withWarnings(await this.#answer(exchange), exchange.warnings);
        response = writing === 'json' ? answer : await transcode(answer, writing);
      } catch (error) {
        if (lifetime.signal.aborted) throw error;
        const refusal = refusalOf(error);
        if (!refusal.isKnown) log.error('request failed', { error, method: request.method, path: info.path });
        const answer = withWarnings(errorResponse(refusal.error), exchange.warnings);
        response = await transcode(answer, writing);
      }
    } finally {
      this.#metrics.requests.ended(info);
      if (!response) this.#metrics.unanswered(exchange, startedAt);
    }
    const counted = this.#metrics.counted(exchange, response, startedAt);
    const answered = exchange.trail?.answered(counted) ?? counted;
    // Every answer has an ID, an audit log or not. Source: apiserver's WithAuditInit.
    const auditId = exchange.trail?.id ?? (request.headers['audit-id'] || this.#parts.random.uuid());
    const { status, headers, body, givenUp } = answered;
    return { status, headers, body, givenUp, auditId };
  }

  async connect(request: ApiRequest, signal: AbortSignal): Promise<StreamGrant> {
    const info = requestInfoOf(request);
    const exchange = exchangeOf({ request, info, lifetime: { signal } }, this.#options.audit, this.#parts);
    const outcome = streamOutcome(exchange, { metrics: this.#metrics, clock: this.#parts.clock });
    try {
      const user = await this.#userOf(exchange);
      authorize(exchange, user, this.#parts.access);
      const entry = await this.#entryOf(exchange);
      if (!entry) throw unknownPath();
      const target = await streamTargetOf(this.#operation(exchange, { user, entry }), request);
      return { target, ...outcome };
    } catch (error) {
      if (!signal.aborted) outcome.refused(refusalOf(error).error);
      throw error;
    }
  }

  #answer(exchange: Exchange): Promise<ApiResponse> {
    checkTimeout(exchange.info);
    exchange.isLetIn = isPublic(exchange.info.path);
    if (!exchange.isLetIn) return this.#answerUser(exchange);
    const { signal } = exchange.lifetime;
    return noteAsker(exchange, this.#parts).then(() => publicResponse(this.#health, exchange, signal));
  }

  #answerUser(exchange: Exchange): Promise<ApiResponse> {
    const user = this.#metrics.access.authenticating(exchange, this.#parts.clock, () => this.#userOf(exchange));
    // An asynchronous step costs as much as authorization: who has a certificate is known at once.
    return user instanceof Promise ? user.then((known) => this.#inTurn(exchange, known)) : this.#inTurn(exchange, user);
  }

  #inTurn(exchange: Exchange, user: UserInfo): Promise<ApiResponse> {
    const level = levelOf(user, exchange.asked);
    if (!level) return this.#serve(exchange, user);
    const queuedAt = this.#parts.clock.monotonic();
    const serve = (): Promise<ApiResponse> => {
      exchange.delays.ms += this.#parts.clock.monotonic() - queuedAt;
      return this.#serve(exchange, user);
    };
    const onRefused = (): void => this.#metrics.dropped(exchange);
    const kind = isMutating(exchange.info) ? 'mutating' : 'readOnly';
    // Counted until the answer begins: a watch holds no seat.
    return this.#flow.run({ level, flow: user.name, kind, onRefused }, serve, exchange.lifetime);
  }

  async #serve(exchange: Exchange, user: UserInfo): Promise<ApiResponse> {
    const { request, info } = exchange;
    this.#metrics.access.authorizing(this.#parts.clock, () => authorize(exchange, user, this.#parts.access));
    if (!info.isResourceRequest) return this.#document(exchange);
    const found = this.#entryOf(exchange);
    const entry = found instanceof Promise ? await found : found;
    if (!entry) return this.#parts.catalogue.servesGroup(info) ? errorResponse(unknownPath()) : pageNotFound();
    const operation = this.#operation(exchange, { user, entry });
    const { kubelet } = this.#options;
    if (connectSubresources.has(info.subresource)) {
      const answer = await connectResponse(operation, request, kubelet);
      if (answer) return { ...answer, body: this.#metrics.requests.streamed(info, answer.body) };
    }
    if (info.group === 'metrics.k8s.io') {
      const { metricsResponse: usageResponse } = await import('./usage/metrics-response.ts');
      return usageResponse(operation, request, kubelet);
    }
    if (operation.entry.groupResource === 'apiservices.apiregistration.k8s.io') {
      const { apiServicesResponse } = await import('./api-services.ts');
      return apiServicesResponse(operation, request);
    }
    return answerResource(operation, request, this.#watching);
  }

  /** The request, authenticated and authorized, with all that the registry needs. */
  #operation(
    { request, info, warnings, lifetime, trail, delays }: Exchange,
    { user, entry }: { user: UserInfo; entry: CatalogueEntry },
  ): Operation {
    requirePlace(entry, info);
    const userAgent = request.headers['user-agent'] ?? '';
    const write = writeOptionsOf(info, { contentType: contentTypeOf(request), userAgent });
    return operationOf(this.#parts, { info, entry, user, warnings, write, audit: trail, delays }, lifetime);
  }

  #entryOf(exchange: Exchange): CatalogueEntry | Promise<CatalogueEntry | undefined> {
    const { group, version, resource: plural } = exchange.info;
    const definitions = group === 'apiextensions.k8s.io' ? this.#startup.definitions() : undefined;
    const found = definitions ? undefined : this.#parts.catalogue.find({ group, version, plural });
    return found ?? this.#awaitedEntryOf(exchange, definitions);
  }

  async #awaitedEntryOf(
    { info, lifetime }: Exchange,
    definitions: Promise<unknown> | undefined,
  ): Promise<CatalogueEntry | undefined> {
    const { catalogue } = this.#parts;
    if (definitions) await abortable(definitions, lifetime.signal);
    const place = { group: info.group, version: info.version, plural: info.resource };
    const found = catalogue.find(place);
    if (found) return found;
    // A definition that was established just now may not have reached the catalogue yet.
    await this.#customResources.settled(lifetime.signal);
    return catalogue.find(place);
  }

  /** Who has no certificate waits until the server is ready: tokens are checked against its state. */
  #userOf(exchange: Exchange): UserInfo | Promise<UserInfo> {
    requireCredentials(exchange);
    const roles = needsDefaultRoles(exchange.request, exchange.info) ? this.#startup.roles() : undefined;
    return this.#isReady && !roles ? userOf(exchange, this.#parts) : this.#awaitedUserOf(exchange);
  }

  async #awaitedUserOf(exchange: Exchange): Promise<UserInfo> {
    const { signal } = exchange.lifetime;
    if (!this.#isReady) await this.ready(signal);
    const roles = needsDefaultRoles(exchange.request, exchange.info) ? this.#startup.roles() : undefined;
    if (roles) await abortable(roles, signal);
    return userOf(exchange, this.#parts);
  }

  #document(exchange: Exchange): Promise<ApiResponse> {
    const settled = (until: AbortSignal): Promise<void> => this.#customResources.settled(until);
    const deps = { parts: this.#parts, health: this.#health, advertised: this.#options.advertised };
    return documentResponse({ ...deps, metrics: (path) => this.#scrape(path), settled }, exchange);
  }

  async #scrape(path: string): Promise<ApiResponse> {
    const facts = await this.#options.processFacts?.();
    if (path === '/metrics/slis')
      return metricsResponse([...this.#health.tally.metrics(), ...startMetrics(facts)], facts);
    const own = this.#metrics.metrics({ parts: this.#parts, flow: this.#flow, facts });
    return metricsResponse([...own, ...(await storageSize(this.#parts))], facts);
  }
}
