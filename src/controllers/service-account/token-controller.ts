// How do Secrets of type kubernetes.io/service-account-token get their tokens, and when do they go?

import type { KubeObject } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { TokenRequest } from '../../apis/authentication/generated/v1.ts';
import type { Secret, ServiceAccount } from '../../apis/core/generated/v1.ts';
import { secrets, serviceAccounts } from '../../apis/resources.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
/** The longest that the API grants. */
const expirationSeconds = 2 ** 32;

export type TokenStep =
  | { type: 'Settled' }
  /** The account is gone, or is another one of the same name: the token must not outlive it. */
  | { type: 'DeleteSecret'; secret: Secret }
  | { type: 'FillSecret'; secret: Secret; account: ServiceAccount };

/** What a token Secret needs. */
export function reconcileToken(
  secret: Secret | undefined,
  { account, authority }: { account: ServiceAccount | undefined; authority: string },
): TokenStep {
  if (!secret || secret.type !== tokenType || secret.metadata.deletionTimestamp) return { type: 'Settled' };
  const uid = secret.metadata.annotations?.[uidAnnotation];
  if (!account || (uid !== undefined && uid !== account.metadata.uid)) return { type: 'DeleteSecret', secret };
  const { token, namespace, 'ca.crt': ca } = secret.data ?? {};
  const isFilled = token && namespace && ca === base64(authority) && uid !== undefined;
  return isFilled ? { type: 'Settled' } : { type: 'FillSecret', secret, account };
}

/** The controller; `authority` is the PEM of the cluster's authority. */
export function tokenController(deps: ControllerDeps, { authority }: { authority: string }): Controller {
  const { client, informers } = deps;
  const all = informers.of(secrets);
  const accounts = informers.of(serviceAccounts);
  const accountKey = ({ metadata }: Secret): string =>
    `${metadata.namespace}/${metadata.annotations?.[nameAnnotation] ?? ''}`;
  return keyedController(
    {
      name: 'token',
      watch(enqueue) {
        all.onChange(({ object }) => {
          if (object.type === tokenType) enqueue(`${object.metadata.namespace}/${object.metadata.name}`);
        });
        accounts.onChange(({ object: { metadata } }) => {
          for (const secret of all.list(metadata.namespace)) {
            const isOwn = secret.type === tokenType && secret.metadata.annotations?.[nameAnnotation] === metadata.name;
            if (isOwn) enqueue(`${secret.metadata.namespace}/${secret.metadata.name}`);
          }
        });
      },
      async reconcileKey(key, signal) {
        const secret = all.get(key);
        const account = secret && accounts.get(accountKey(secret));
        const step = reconcileToken(secret, { account, authority });
        if (step.type === 'Settled') return { requeue: 'never' };
        try {
          if (step.type === 'DeleteSecret') {
            const { namespace, name, uid, resourceVersion } = step.secret.metadata;
            await client.delete(
              secrets,
              { at: { ...(namespace && { namespace }), name }, uid, resourceVersion },
              signal,
            );
          } else {
            await client.update(secrets, await filled(step, { deps, authority }, signal), signal);
          }
        } catch (error) {
          if (!isStatus(error, 'NotFound')) throw error;
        }
        return { requeue: 'now' };
      },
    },
    deps,
  );
}

async function filled(
  { secret, account }: { secret: Secret; account: ServiceAccount },
  { deps, authority }: { deps: ControllerDeps; authority: string },
  signal: AbortSignal,
): Promise<Secret> {
  const { name, namespace = '', uid } = secret.metadata;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { namespace, name: account.metadata.name },
    spec: { audiences: [], expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, uid } },
  };
  const answer = await deps.client.create(serviceAccounts, request, signal, { subresource: 'token' });
  const { status } = answer as KubeObject as TokenRequest;
  return {
    ...secret,
    metadata: {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, [uidAnnotation]: account.metadata.uid },
    },
    data: {
      ...secret.data,
      'ca.crt': base64(authority),
      namespace: base64(namespace),
      token: base64(status?.token ?? ''),
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
