// Which objects has every cluster, besides its namespaces, roles and the Service `kubernetes`? What extension servers
// and controllers look for. Source: pkg/controlplane/controller/clusterauthenticationtrust and legacytokentracking,
// pkg/apis/scheduling/v1/helpers.go.

import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { ConfigMap } from '../apis/core/generated/v1.ts';
import { systemPriorityClasses } from '../apis/scheduling/system-classes.ts';
import { rfc3339 } from '../base/clock.ts';
import { ownOperation } from './own-operation.ts';
import type { RegistryParts } from './registry/context.ts';
import { createObject } from './registry/create.ts';
import { changeObject } from './registry/update.ts';

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
  const create = (path: string, object: Draft<KubeObject>): Promise<void> =>
    createUnlessThere(parts, { path, object }, signal);
  await Promise.all([
    ...systemPriorityClasses.map(({ name, value, description }) =>
      create(classesPath, { metadata: { name }, value, description } as Draft<KubeObject>),
    ),
    create(configMapsPath, { metadata: { name: trackingName }, data: { since } } as Draft<KubeObject>),
    publishAuthority(parts, clientAuthority, signal),
  ]);
}

/** Extension servers trust the clients that this server trusts. */
async function publishAuthority(parts: RegistryParts, clientAuthority: string, signal: AbortSignal): Promise<void> {
  const dataOf = (found: string | undefined): { 'client-ca-file': string } => ({
    'client-ca-file': combinedCertificates(found ?? '', clientAuthority),
  });
  const path = `${configMapsPath}/${authenticationName}`;
  const operation = ownOperation(parts, { method: 'PUT', path }, signal);
  if (!operation) return;
  try {
    await changeObject(operation, (current) => {
      const found = current as ConfigMap;
      return { ...found, data: { ...found.data, ...dataOf(found.data?.['client-ca-file']) } } as ConfigMap;
    });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    const object = { metadata: { name: authenticationName }, data: dataOf(undefined) } as Draft<ConfigMap>;
    await createUnlessThere(parts, { path: configMapsPath, object }, signal);
  }
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g;

/** The certificates of both texts (PEM), each once, in their order: servers over one state may have different ones. */
export function combinedCertificates(before: string, wanted: string): string {
  const all = [before, wanted].flatMap((text) => text.match(certificate) ?? []).map((each) => `${each.trimEnd()}\n`);
  return [...new Set(all)].join('');
}

async function createUnlessThere(
  parts: RegistryParts,
  { path, object }: { path: string; object: Draft<KubeObject> },
  signal: AbortSignal,
): Promise<void> {
  const operation = ownOperation(parts, { method: 'POST', path }, signal);
  if (!operation) return;
  try {
    await createObject(operation, object);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
