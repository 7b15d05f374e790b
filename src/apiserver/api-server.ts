// What is an API server for those who run one or talk to it? Its options and its calls.

import type { StatusError } from '../apimachinery/status-error.ts';
import type { ResourceDefinition, SchemaComponents } from '../apis/definition.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ProcessFacts } from '../base/process-facts.ts';
import type { Random } from '../base/random.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { AuditOptions } from './audit/trail.ts';
import type { TokenSettings } from './auth/tokens/service-account-tokens.ts';
import type { StreamTarget } from './kubelet/connect.ts';
import type { KubeletClient } from './kubelet/types.ts';
import type { Advertised } from './kubernetes-service.ts';
import type { SystemObjects } from './system-objects.ts';
import type { ApiRequest, ApiResponse } from './types.ts';

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
  /** Where clients within the cluster reach this server; without it there is no Service `kubernetes`. */
  advertised?: Advertised;
  /** What /metrics tells of the process; nothing if absent. */
  processFacts?: () => Promise<ProcessFacts>;
  /** Write upstream's default roles and bindings at the start? Without them only masters and nodes may do anything. */
  defaultRoles?: boolean;
  /** What every cluster has for its controllers and extension servers is made at the start, if present. */
  systemObjects?: SystemObjects;
}

/** How long somebody waits for an answer. An AbortController is one, which makes its signal on first use. */
export type Lifetime = Pick<AbortController, 'signal'>;

export interface ApiServer {
  /**
   * Answers one request. Refusals are answers too: it rejects only with the abort reason. The signal of `lifetime` ends
   * watches and logs as well; it is asked for only by what waits. Requests for resources wait until the server is ready.
   */
  handle(request: ApiRequest, lifetime: Lifetime): Promise<ApiResponse>;
  /** A client connected that could not agree with this server on how to speak. */
  handshakeFailed(): void;
  /** Where the stream of an exec, attach, port-forward or proxied request goes, once it is authorized. Rejects with StatusError. */
  connect(request: ApiRequest, signal: AbortSignal): Promise<StreamGrant>;
  /** Loads the state, creates the system's namespaces, and serves until `signal` aborts. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the server is ready; rejects with the abort reason. */
  ready(signal: AbortSignal): Promise<void>;
}

/** The permission to open a stream; what becomes of it must be told. `signal` aborts when the stream ends. */
export interface StreamGrant {
  target: StreamTarget;
  accepted: () => void;
  refused: (error: StatusError) => void;
}
