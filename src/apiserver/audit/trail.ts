// What does the audit log say about one request? An event at each stage that the policy wants.
// Source: apiserver/pkg/endpoints/filters/audit.go and apis/audit/v1.

import { isIP } from 'node:net';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import type { StatusError } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import type { Clock } from '../../base/clock.ts';
import { rfc3339Micro } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Attributes } from '../auth/attributes.ts';
import { type Decision } from '../auth/authorizer.ts';
import { failureStatus, type StatusBody } from '../status-body.ts';
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
  /** The object that the request sends, once it has been read. */
  received(object: KubeObject): void;
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
  #isAllowed = false;
  #received: KubeObject | undefined;
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

  /** Who it is that asks is known now: the policy can be asked. An old token is noted from the start. */
  identified(user: UserInfo, staleToken?: string): void {
    this.#user = user;
    this.#decision = auditDecision(this.#options.policy(), user, this.#asked);
    if (staleToken !== undefined) this.annotate('authentication.k8s.io/stale-token', staleToken);
    this.#emit('RequestReceived', {});
  }

  /** As whom they are treated from here on. */
  impersonates(impersonated: UserInfo): void {
    this.#impersonated = impersonated;
  }

  decided({ isAllowed, reason }: Decision): void {
    this.#isAllowed = isAllowed;
    this.#annotations[`${annotationPrefix}/decision`] = isAllowed ? 'allow' : 'forbid';
    this.#annotations[`${annotationPrefix}/reason`] = reason;
  }

  received(object: KubeObject): void {
    // Of a patch the log has what was sent, not what comes of it.
    if (this.#asked.verb !== 'patch') this.#received = object;
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
    if (!this.#user) return this.#unidentified(response);
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
    const { status, message, reason, details, code } = failureStatus(error);
    const told = { status, message, ...(reason && { reason }), ...(details && { details }), code };
    this.#lookUp();
    this.#emit(this.#user ? 'ResponseComplete' : 'ResponseStarted', { responseStatus: { metadata: {}, ...told } });
  }

  /** Of who is not let in there is one event. */
  #unidentified(response: ApiResponse): ApiResponse {
    const { status, body } = response;
    this.#lookUp();
    this.#emit('ResponseStarted', this.#outcome(status, body instanceof FixedBody ? body : undefined));
    return response;
  }

  #lookUp(): void {
    if (!this.#user) this.#decision = auditDecision(this.#options.policy(), undefined, this.#asked);
  }

  #outcome(code: number, body: FixedBody | undefined): object {
    const answer = body && (code >= 400 || isStatus(body)) ? parsed(body) : undefined;
    const { status, message, reason, details } = (answer ?? {}) as Partial<StatusBody>;
    const responseStatus = {
      metadata: {},
      ...(status && { status }),
      ...(message && { message }),
      ...(reason && { reason }),
      ...(details && { details }),
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
    const isShown = (level === 'Request' || level === 'RequestResponse') && stage !== 'RequestReceived';
    const requestObject = isShown && body ? this.#sent(body) : undefined;
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
      ...(this.#asked.isResource && { objectRef: objectRef(this.#asked, this.#received) }),
      ...outcome,
      ...(requestObject !== undefined && { requestObject: this.#trimmed(requestObject) }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: rfc3339Micro(this.#clock.now()),
      ...(Object.keys(this.#annotations).length > 0 && { annotations: { ...this.#annotations } }),
    });
  }

  /** What was sent, if it got as far as to be read. */
  #sent(body: Uint8Array): unknown {
    const isRead = this.#received !== undefined || ['patch', 'delete', 'deletecollection'].includes(this.#asked.verb);
    return this.#isAllowed && isRead ? (parsed(new FixedBody([body])) ?? this.#received) : undefined;
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

function objectRef(asked: Attributes & { isResource: true }, received: KubeObject | undefined): object {
  const { resource, namespace, name, group, version, subresource } = asked;
  const { uid, resourceVersion, name: own } = received?.metadata ?? ({} as Partial<ObjectMeta>);
  const known = name || own;
  return {
    resource,
    ...(namespace && { namespace }),
    ...(known && { name: known }),
    ...(uid && { uid }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(resourceVersion && { resourceVersion }),
    ...(subresource && { subresource }),
  };
}

/** Does the answer say no more than how it went? */
function isStatus({ chunks }: FixedBody): boolean {
  const [first = new Uint8Array()] = chunks;
  return Buffer.from(first.subarray(0, 40)).toString().startsWith('{"kind":"Status"');
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
