// Which objects does every namespace have? Its default ServiceAccount and the certificate of the cluster's authority.

import type { Draft } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { ConfigMap, Namespace, ServiceAccount } from '../../apis/core/generated/v1.ts';
import { configMaps, namespaces, serviceAccounts } from '../../apis/resources.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';

const defaultAccount = 'default';
const rootCaName = 'kube-root-ca.crt';
const description = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

export interface NamespaceView {
  namespace: Namespace | undefined;
  account: ServiceAccount | undefined;
  rootCa: ConfigMap | undefined;
  /** PEM of the cluster's authority. */
  authority: string;
}

export type NamespaceStep =
  | { type: 'Settled' }
  | { type: 'CreateAccount'; object: Draft<ServiceAccount> }
  | { type: 'CreateRootCa'; object: Draft<ConfigMap> }
  | { type: 'UpdateRootCa'; object: ConfigMap };

/** What the namespace lacks. Nothing is made in one that is going. */
export function reconcileNamespace({ namespace, account, rootCa, authority }: NamespaceView): NamespaceStep {
  if (!namespace || namespace.metadata.deletionTimestamp) return { type: 'Settled' };
  const { name } = namespace.metadata;
  if (!account) return { type: 'CreateAccount', object: { metadata: { namespace: name, name: defaultAccount } } };
  const data = { 'ca.crt': authority };
  if (!rootCa)
    return {
      type: 'CreateRootCa',
      object: { metadata: { namespace: name, name: rootCaName, annotations: description }, data },
    };
  if (rootCa.data?.['ca.crt'] === authority && Object.keys(rootCa.data).length === 1) return { type: 'Settled' };
  return { type: 'UpdateRootCa', object: { ...rootCa, data } };
}

/** The controller; `authority` is the PEM of the cluster's authority. */
export function serviceAccountController(deps: ControllerDeps, { authority }: { authority: string }): Controller {
  const { client, informers } = deps;
  const all = informers.of(namespaces);
  const accounts = informers.of(serviceAccounts);
  const maps = informers.of(configMaps);
  return keyedController(
    {
      name: 'service-account',
      watch(enqueue) {
        all.onChange(({ object }) => enqueue(object.metadata.name));
        accounts.onChange(({ object: { metadata } }) => {
          if (metadata.name === defaultAccount && metadata.namespace) enqueue(metadata.namespace);
        });
        maps.onChange(({ object: { metadata } }) => {
          if (metadata.name === rootCaName && metadata.namespace) enqueue(metadata.namespace);
        });
      },
      async reconcileKey(key, signal) {
        const step = reconcileNamespace({
          namespace: all.get(key),
          account: accounts.get(`${key}/${defaultAccount}`),
          rootCa: maps.get(`${key}/${rootCaName}`),
          authority,
        });
        try {
          if (step.type === 'Settled') return { requeue: 'never' };
          if (step.type === 'CreateAccount') await client.create(serviceAccounts, step.object, signal);
          else if (step.type === 'CreateRootCa') await client.create(configMaps, step.object, signal);
          else await client.update(configMaps, step.object, signal);
        } catch (error) {
          // The namespace is gone or going, or someone else was faster: its next change comes here again.
          if (!isStatus(error, 'AlreadyExists', 'NotFound') && !isTerminating(error)) throw error;
          return { requeue: 'never' };
        }
        return { requeue: 'now' };
      },
    },
    deps,
  );
}

function isTerminating(error: unknown): boolean {
  return (
    isStatus(error, 'Forbidden') &&
    (error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false)
  );
}
