// How does one get a token for a service account? Source: pkg/registry/core/serviceaccount/storage/token.go.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { conflict, notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { BoundObjectReference, TokenRequest, TokenRequestSpec } from '../../apis/authentication/generated/v1.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { forbiddenBy } from '../admission/forbidden.ts';
import { audienceRefusal } from '../admission/token-audience.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import { tokenClaims } from '../auth/tokens/claims.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import { storeKey } from '../registry/catalogue.ts';
import type { Operation } from '../registry/context.ts';
import { invalid, otherNamespace } from '../registry/incoming.ts';
import { requireObject } from '../registry/storage.ts';
import { admitNewBody, bodyOfCreated } from './admit-body.ts';

const secondsDefault = 60 * 60;
const secondsMin = 10 * 60;
const secondsMax = 2 ** 32;

type Bound = { kind: 'Pod' | 'Secret' | 'Node'; object: KubeObject };

/** Answers a TokenRequest for the service account of the URL. Rejects with StatusError. */
export async function requestToken(operation: Operation, body: unknown): Promise<TokenRequest> {
  const { access, clock, random } = operation;
  const { tokens } = access;
  if (!tokens) throw new StatusError('NotFound', 'the server could not find the requested resource');
  const request = (await bodyOfCreated(operation, body)) as TokenRequest;
  const account = await admitRequest(operation, request);
  const spec: Partial<TokenRequestSpec> = request.spec ?? {};
  const expirationSeconds = spec.expirationSeconds ?? secondsDefault;
  const bound = spec.boundObjectRef && (await boundObject(operation, spec.boundObjectRef));
  await refuseForeign(operation, spec, bound);

  const nodeName = bound?.kind === 'Pod' ? ((bound.object as Pod).spec?.nodeName ?? '') : '';
  const node = bound?.kind === 'Node' ? bound.object : nodeName === '' ? undefined : await nodeOf(operation, nodeName);
  const audiences = spec.audiences?.length ? spec.audiences : tokens.settings.audiences;
  const claims = tokenClaims({
    issuer: tokens.settings.issuer,
    audiences,
    serviceAccount: account.metadata,
    pod: bound?.kind === 'Pod' ? bound.object.metadata : undefined,
    secret: bound?.kind === 'Secret' ? bound.object.metadata : undefined,
    node: node?.metadata,
    nowMs: clock.now(),
    ...lifetimeOf(bound, {
      expirationSeconds,
      isOurs: audiences.every((each) => tokens.settings.audiences.includes(each)),
    }),
    id: random.uuid(),
  });
  const kindOf = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  return {
    ...request,
    ...kindOf,
    spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null } as TokenRequestSpec,
    status: { token: await tokens.sign(claims), expirationTimestamp: rfc3339((claims.iat + expirationSeconds) * 1000) },
  };
}

/** The account that the request is for, once it may be made. What it leaves open is filled in. */
async function admitRequest(operation: Operation, request: TokenRequest): Promise<KubeObject> {
  const { info, clock } = operation;
  const { namespace } = request.metadata ?? {};
  if (namespace && namespace !== info.namespace) throw otherNamespace();
  request.spec = { ...request.spec, expirationSeconds: request.spec?.expirationSeconds ?? secondsDefault };
  return admitNewBody(operation, request, async () => {
    refuseOtherName(request.metadata, info.name);
    const account = (await requireObject(operation)).object;
    refuseOther(request.metadata, account.metadata);
    refuseExpiration(request.spec?.expirationSeconds ?? secondsDefault);
    const creationTimestamp = rfc3339(clock.now());
    request.metadata = { ...request.metadata, name: info.name, uid: account.metadata.uid, creationTimestamp };
    return account;
  });
}

/** What a pod's own volume asks for; whoever reads it only once may go on for a year, as long as the pod is there. */
const secondsOfVolumes = 3607;
const secondsExtended = 365 * 24 * 60 * 60;

function lifetimeOf(
  bound: Bound | undefined,
  { expirationSeconds, isOurs }: { expirationSeconds: number; isOurs: boolean },
): { expirationSeconds: number; warnAfterSeconds?: number } {
  if (bound?.kind !== 'Pod' || expirationSeconds !== secondsOfVolumes || !isOurs) return { expirationSeconds };
  return { expirationSeconds: secondsExtended, warnAfterSeconds: expirationSeconds };
}

/** A request that names another account than its path. */
function refuseOtherName({ name }: Partial<TokenRequest['metadata']> = {}, wanted: string): void {
  if (!name || name === wanted) return;
  const cause = invalidValue('metadata.name', name, 'must match the service account name if specified');
  throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, wanted, [cause]);
}

/** A request for an account that had this name before. */
function refuseOther({ uid }: Partial<TokenRequest['metadata']> = {}, account: KubeObject['metadata']): void {
  if (!uid || uid === account.uid) return;
  const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.uid})`;
  throw conflict('TokenRequest.authentication.k8s.io', account.name, why);
}

function refuseExpiration(seconds: number): void {
  const field = 'spec.expirationSeconds';
  const causes = [
    ...(seconds < secondsMin ? [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(seconds > secondsMax
      ? [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
  ];
  if (causes.length === 0) return;
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`).join(', ');
  throw new StatusError('Invalid', `TokenRequest.authentication.k8s.io "" is invalid: ${lines}`, {
    details: { group: 'authentication.k8s.io', kind: 'TokenRequest', causes },
  });
}

async function boundObject(operation: Operation, ref: BoundObjectReference): Promise<Bound> {
  const { kind = '', name = '', uid, apiVersion = '' } = ref;
  const plurals: Record<string, string> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };
  const plural = apiVersion === 'v1' ? plurals[kind] : undefined;
  if (!plural) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw new StatusError('BadRequest', `cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const object = await coreObject(operation, plural, name);
  if (!object) throw notFound(plural, name);
  if (uid && uid !== object.metadata.uid) {
    throw conflict(
      kind,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const account = kind === 'Pod' ? ((object as Pod).spec?.serviceAccountName ?? '') : operation.info.name;
  if (account !== operation.info.name)
    throw new StatusError(
      'BadRequest',
      `cannot bind token for serviceaccount ${JSON.stringify(operation.info.name)} to pod running with different serviceaccount name.`,
    );
  return { kind: kind as Bound['kind'], object };
}

/** A node gets tokens only for its own pods. Source: noderestriction.admitServiceAccount. */
async function refuseForeign(
  operation: Operation,
  { boundObjectRef: ref, audiences = [] }: Partial<TokenRequestSpec>,
  bound: Bound | undefined,
): Promise<void> {
  const nodeName = nodeNameOf(operation.user);
  if (nodeName === undefined) return;
  const refuse = (why: string) => forbiddenBy(operation, operation.info.name, { why });
  if (bound?.kind !== 'Pod') throw refuse('node requested token not bound to a pod');
  // Without it the token could outlive the pod in another one of that name.
  if (!ref?.uid) throw refuse('node requested token with a pod binding without a uid');
  if ((bound.object as Pod).spec?.nodeName !== nodeName)
    throw refuse('node requested token bound to a pod scheduled on a different node');
  await operation.cache.caughtUp(operation.signal);
  const why = audienceRefusal(operation, bound.object, audiences);
  if (why !== undefined) throw refuse(why);
}

/** Of a node that is not there, its name. */
async function nodeOf(operation: Operation, name: string): Promise<Pick<KubeObject, 'metadata'>> {
  return (await coreObject(operation, 'nodes', name)) ?? { metadata: { name, uid: '' } as KubeObject['metadata'] };
}

/** The newest state of an object of the core group in the namespace of the request. */
async function coreObject(operation: Operation, plural: string, name: string): Promise<KubeObject | undefined> {
  const { catalogue, store, cache, info } = operation;
  const entry: CatalogueEntry | undefined = catalogue.find({ group: '', version: 'v1', plural });
  if (!entry || name === '') return undefined;
  const found = await store.get(storeKey(entry, { namespace: info.namespace, name }));
  return found && cache.decode(found).object;
}
