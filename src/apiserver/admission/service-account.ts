// As which service account does a pod run, and how does it get its token? Source: plugin/pkg/admission/serviceaccount.

import { pathSegment } from '../../apimachinery/validation.ts';
import type { Container, Pod, ServiceAccount, Volume, VolumeMount } from '../../apis/core/generated/v1.ts';
import { type Random, randomSuffix } from '../../base/random.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import type { AdmissionRequest } from './chain.ts';
import { calledName, forbiddenBy } from './forbidden.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const enforceSecretsAnnotation = 'kubernetes.io/enforce-mountable-secrets';
const defaultAccount = 'default';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** An hour, and seven seconds by which upstream tells automatic tokens from those that someone asked for. */
const expirationSeconds = 3607;
// The default account of a new namespace is made by a controller: it is waited for.
const defaultAccountAttempts = 10;
const defaultAccountDelayMs = 100;

/** Gives a new pod its account, the account's pull secrets and a token. Refuses accounts that are not there. */
export async function serviceAccountAdmission({ verb, operation, object }: AdmissionRequest): Promise<void> {
  const { entry, info, access } = operation;
  // Without tokens there is nothing to be had from an account.
  if (!access.tokens || verb !== 'CREATE' || entry.groupResource !== 'pods' || info.subresource !== '') return;
  const pod = object as Pod & { spec: NonNullable<Pod['spec']> };
  const refuse = (why: string) => forbiddenBy(operation, calledName(pod), { why });
  if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    const why = mirrorRefusal(pod);
    if (why) throw refuse(why);
    return;
  }
  const { spec } = pod;
  spec.serviceAccountName ||= spec.serviceAccount || defaultAccount;
  spec.serviceAccount = spec.serviceAccountName;
  const { serviceAccountName: name } = spec;
  const account = await findAccount(operation, name);
  if (!account) {
    const wrong = pathSegment(name);
    const why =
      wrong.length > 0 ? `invalid resource name "${name}": [${wrong.join(' ')}]` : `serviceaccount "${name}" not found`;
    throw refuse(`error looking up service account ${info.namespace}/${name}: ${why}`);
  }
  const why = secretsRefusal(account, pod);
  if (why) throw refuse(why);
  if (shouldMount(account, pod)) mountToken(pod, operation.random);
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
    spec.imagePullSecrets = [...account.imagePullSecrets];
}

/** Mirror pods show what a node runs by itself: they have no rights at the API. */
function mirrorRefusal({ spec }: Pod): string | undefined {
  if (spec?.serviceAccountName) return 'a mirror pod may not reference service accounts';
  const volumes = spec?.volumes ?? [];
  if (volumes.some(({ secret }) => secret)) return 'a mirror pod may not reference secrets';
  const hasToken = ({ projected }: Volume): boolean =>
    projected?.sources?.some((each) => each.serviceAccountToken) ?? false;
  return volumes.some(hasToken) ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

async function findAccount(operation: Operation, name: string): Promise<ServiceAccount | undefined> {
  const { cache, clock, info, signal } = operation;
  const attempts = name === defaultAccount ? defaultAccountAttempts : 1;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await clock.sleep(defaultAccountDelayMs, signal);
    await cache.caughtUp(signal);
    const key = `${info.namespace}/${name}`;
    const found = cachedObject<ServiceAccount>(operation, { group: '', plural: 'serviceaccounts', key });
    if (found) return found;
  }
  return undefined;
}

/** Accounts may be held to the secrets that they list. */
function secretsRefusal(account: ServiceAccount, { spec }: Pod): string | undefined {
  if (account.metadata.annotations?.[enforceSecretsAnnotation] !== 'true') return undefined;
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  const unless = `is not allowed because service account ${account.metadata.name} does not reference that secret`;
  for (const { secret } of spec?.volumes ?? []) {
    if (secret && !listed.has(secret.secretName))
      return `volume with secret.secretName="${secret.secretName}" ${unless}`;
  }
  for (const [kind, { name, env = [] }] of containersOf(spec)) {
    for (const variable of env) {
      const ref = variable.valueFrom?.secretKeyRef;
      if (ref && !listed.has(ref.name))
        return `${kind} ${name} with envVar ${variable.name} referencing secret.secretName="${ref.name}" ${unless}`;
    }
  }
  const pulls = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  const index = (spec?.imagePullSecrets ?? []).findIndex(({ name }) => !pulls.has(name));
  const name = spec?.imagePullSecrets?.[index]?.name;
  return index < 0
    ? undefined
    : `imagePullSecrets[${index}].name="${name}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
}

function containersOf(spec: Pod['spec']): [string, Container][] {
  return [
    ...(spec?.initContainers ?? []).map((each): [string, Container] => ['init container', each]),
    ...(spec?.containers ?? []).map((each): [string, Container] => ['container', each]),
  ];
}

/** The pod's own word counts before the account's; the default is yes. */
function shouldMount(account: ServiceAccount, { spec }: Pod): boolean {
  return spec?.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

function mountToken(pod: Pod & { spec: NonNullable<Pod['spec']> }, random: Random): void {
  const { spec } = pod;
  const present = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix));
  const name = present?.name ?? `${volumePrefix}${randomSuffix(random)}`;
  const mount: VolumeMount = { name, readOnly: true, mountPath };
  let isNeeded = false;
  for (const [, container] of containersOf(spec)) {
    if (container.volumeMounts?.some((each) => each.mountPath === mountPath)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), mount];
    isNeeded = true;
  }
  if (isNeeded && !present) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  const namespaceField = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: namespaceField }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
