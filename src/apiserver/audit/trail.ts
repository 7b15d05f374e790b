// What does the audit log say about one request? An event at each stage that the policy wants.
// Source: apiserver/pkg/endpoints/filters/audit.go and apis/audit/v1.

import { isIP } from 'node:net';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusError } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import type { Clock } from '../../base/clock.ts';
import { rfc3339Micro } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Attributes } from '../auth/attributes.ts';
import { type Decision } from '../auth/authorizer.ts';
import { failureStatus } from '../status-body.ts';
import { type ApiRequest, type ApiResponse, FixedBody, followed, type UserInfo } from '../types.ts';
import { type AuditDecision, type AuditPolicy, type AuditStage, auditDecision } from './policy.ts';

/** Takes events; never waits and never throws. */
export interface AuditSink {
  write(event: object): void;
}

export interface AuditOptions {
  /** Asked for every request, so that a changed policy takes effect without a restart. */
  policy: () => AuditPolicy;
  sink: AuditSink;
}

/** Takes annotations for the event of a request; the first of a key stays. */
export interface AuditNotes {
  /** Only events of at least this level show it. */
  annotate(key: string, value: string, level?: 'Metadata' | 'Request'): void;
}

const switchingProtocols = 101;
const annotationPrefix = 'authorization.k8s.io';
const nothing: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

/** The trail of one request: made when it comes, told what becomes of it. */
export class AuditTrail implements AuditNotes {
  readonly id: string;
  readonly #options: AuditOptions;
  readonly #request: ApiRequest;
  readonly #asked: Attributes;
  readonly #clock: Clock;
  readonly #receivedAt: string;
  readonly #annotations: Record<string, string> = {};
  #user: UserInfo | undefined;
  #impersonated: UserInfo | undefined;
  #decision: AuditDecision = nothing;

  constructor(
    options: AuditOptions,
    { request, asked }: { request: ApiRequest; asked: Attributes },
    { clock, random }: { clock: Clock; random: Random },
  ) {
    this.#options = options;
    this.#request = request;
    this.#asked = asked;
    this.#clock = clock;
    this.#receivedAt = rfc3339Micro(clock.now());
    this.id = request.headers['audit-id'] || random.uuid();
  }

  /** Who it is that asks is known now: the policy can be asked. Both are undefined if nobody authenticated. */
  identified(user: UserInfo | undefined, impersonated: UserInfo | undefined): void {
    this.#user = user;
    this.#impersonated = impersonated;
    this.#decision = auditDecision(this.#options.policy(), user, this.#asked);
    this.#emit('RequestReceived', {});
  }

  decided({ isAllowed, reason }: Decision): void {
    this.#annotations[`${annotationPrefix}/decision`] = isAllowed ? 'allow' : 'forbid';
    this.#annotations[`${annotationPrefix}/reason`] = reason;
  }

  annotate(key: string, value: string, level: 'Metadata' | 'Request' = 'Metadata'): void {
    const own = this.#decision.level;
    const isShown = own === 'RequestResponse' || own === 'Request' || (own === 'Metadata' && level === 'Metadata');
    const isKey = key.includes('/') && labelKey(key).length === 0;
    // What webhooks and policies call their annotations is theirs to get wrong.
    if (isShown && isKey) this.#annotations[key] ??= value;
  }

  /** The answer; a stream's end is written down when it comes. */
  answered(response: ApiResponse): ApiResponse {
    if (!this.#user && this.#decision === nothing) this.identified(undefined, undefined);
    if (this.#decision.level === 'None') return response;
    if (response.body instanceof FixedBody) {
      this.#emit('ResponseComplete', this.#outcome(response.status, response.body));
      return response;
    }
    this.#emit('ResponseStarted', this.#outcome(response.status, undefined));
    const { status, body } = response;
    const onEnd = (): void => this.#emit('ResponseComplete', this.#outcome(status, undefined));
    return { ...response, body: followed(body, onEnd) };
  }

  /** The connection has become a stream, which goes on until `signal` aborts. */
  switched(signal: AbortSignal): void {
    const outcome = { responseStatus: { metadata: {}, code: switchingProtocols } };
    this.#emit('ResponseStarted', outcome);
    signal.addEventListener('abort', () => this.#emit('ResponseComplete', outcome), { once: true });
  }

  /** There will be no stream. */
  refused(error: StatusError): void {
    if (!this.#user && this.#decision === nothing) this.identified(undefined, undefined);
    const { status, message, reason, code } = failureStatus(error);
    this.#emit('ResponseComplete', { responseStatus: { metadata: {}, status, message, reason, code } });
  }

  #outcome(code: number, body: FixedBody | undefined): object {
    const answer = body && code >= 400 ? parsed(body) : undefined;
    const { status, message, reason } = (answer ?? {}) as { status?: string; message?: string; reason?: string };
    const responseStatus = {
      metadata: {},
      ...(status && { status }),
      ...(message && { message }),
      ...(reason && { reason }),
      code,
    };
    const isFull = this.#decision.level === 'RequestResponse' && body !== undefined;
    return { responseStatus, ...(isFull && { responseObject: this.#trimmed(answer ?? parsed(body)) }) };
  }

  #emit(stage: AuditStage, outcome: object): void {
    const { level, omitStages } = this.#decision;
    if (level === 'None' || omitStages.has(stage)) return;
    const { headers, path, body } = this.#request;
    const sources = sourceAddresses(this.#request);
    const hasBody = (level === 'Request' || level === 'RequestResponse') && stage !== 'RequestReceived' && body;
    const requestObject = hasBody ? parsed(new FixedBody([body])) : undefined;
    this.#options.sink.write({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level,
      auditID: this.id,
      stage,
      requestURI: path,
      verb: this.#asked.verb,
      user: this.#user ? userOf(this.#user) : {},
      ...(this.#impersonated && { impersonatedUser: userOf(this.#impersonated) }),
      ...(sources.length > 0 && { sourceIPs: sources }),
      ...(headers['user-agent'] && { userAgent: headers['user-agent'] }),
      ...(this.#asked.isResource && { objectRef: objectRef(this.#asked, requestObject) }),
      ...outcome,
      ...(requestObject !== undefined && { requestObject: this.#trimmed(requestObject) }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: rfc3339Micro(this.#clock.now()),
      ...(stage !== 'RequestReceived' && { annotations: { ...this.#annotations } }),
    });
  }

  #trimmed(value: unknown): unknown {
    const object = value as Partial<KubeObject> | undefined;
    if (!this.#decision.omitManagedFields || !object?.metadata?.managedFields) return value;
    const { managedFields: _managedFields, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
}

/** As proxies before the server report them, and last the one that it sees itself: only that is sure. Source: apimachinery SourceIPs. */
function sourceAddresses({ headers, remoteAddress }: ApiRequest): string[] {
  const forwarded = (headers['x-forwarded-for'] ?? '').split(',').map((each) => each.trim());
  const real = (headers['x-real-ip'] ?? '').trim();
  const all = forwarded.includes(real) ? forwarded : [...forwarded, real];
  const remote = remoteAddress?.replace(/^::ffff:/, '');
  const found = all.filter((each) => isIP(each) !== 0);
  return remote === undefined || found.at(-1) === remote ? found : [...found, remote];
}

function userOf({ name, uid, groups, extra }: UserInfo): object {
  return { username: name, ...(uid !== undefined && { uid }), groups, ...(extra && { extra }) };
}

function objectRef(asked: Attributes & { isResource: true }, body: unknown): object {
  const { resource, namespace, name, group, version, subresource } = asked;
  const created = (body as Partial<KubeObject> | undefined)?.metadata?.name;
  const known = name || (asked.verb === 'create' ? created : '');
  return {
    resource,
    ...(namespace && { namespace }),
    ...(known && { name: known }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  };
}

/** A body that is JSON; undefined for any other. */
function parsed(body: FixedBody): unknown {
  try {
    return JSON.parse(Buffer.concat(body.chunks).toString()) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
