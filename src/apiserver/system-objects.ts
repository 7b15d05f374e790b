// Which objects has every cluster, besides its namespaces, roles and the Service `kubernetes`? What extension servers
// and controllers look for. Source: pkg/controlplane/controller/clusterauthenticationtrust and legacytokentracking,
// pkg/apis/scheduling/v1/helpers.go.

import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import type { ConfigMap } from '../apis/core/generated/v1.ts';
import { systemPriorityClasses } from '../apis/scheduling/system-classes.ts';
import { rfc3339 } from '../base/clock.ts';
import { createUnlessThere, ensureObject } from './own-objects.ts';
import { ownOperation } from './own-operation.ts';
import type { RegistryParts } from './registry/context.ts';

const classesPath = '/apis/scheduling.k8s.io/v1/priorityclasses';
const configMapsPath = '/api/v1/namespaces/kube-system/configmaps';
const authenticationName = 'extension-apiserver-authentication';
const trackingName = 'kube-apiserver-legacy-service-account-token-tracking';

export interface SystemObjects {
  /** Certificates (PEM) of the authorities that sign those of clients. */
  clientAuthority: string;
}

/** Makes those that are missing. */
export async function createSystemObjects(
  parts: RegistryParts,
  { clientAuthority }: SystemObjects,
  signal: AbortSignal,
): Promise<void> {
  const since = rfc3339(parts.clock.now()).slice(0, 'yyyy-mm-dd'.length);
  const create = async (path: string, object: Draft<KubeObject>): Promise<void> => {
    const operation = ownOperation(parts, { method: 'POST', path }, signal);
    if (operation) await createUnlessThere(operation, object);
  };
  await Promise.all([
    ...systemPriorityClasses.map(({ name, value, description }) =>
      create(classesPath, { metadata: { name }, value, description } as Draft<KubeObject>),
    ),
    create(configMapsPath, { metadata: { name: trackingName }, data: { since } } as Draft<KubeObject>),
    publishAuthority(parts, clientAuthority, signal),
  ]);
}

/** Extension servers trust the clients that this server trusts. */
function publishAuthority(parts: RegistryParts, clientAuthority: string, signal: AbortSignal): Promise<void> {
  const change = (found: ConfigMap | undefined): Draft<ConfigMap> => {
    const certificates = combinedCertificates(found?.data?.['client-ca-file'] ?? '', clientAuthority);
    return {
      metadata: { name: authenticationName },
      ...found,
      data: { ...found?.data, 'client-ca-file': certificates },
    };
  };
  return ensureObject(parts, { path: configMapsPath, name: authenticationName, change }, signal);
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g;

/** The certificates of both texts (PEM), each once, in their order: servers over one state may have different ones. */
export function combinedCertificates(before: string, wanted: string): string {
  const all = [before, wanted].flatMap((text) => text.match(certificate) ?? []).map((each) => `${each.trimEnd()}\n`);
  return [...new Set(all)].join('');
}
