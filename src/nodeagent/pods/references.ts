// Which secrets and config maps does a pod need, and how are they read?

import { isStatus } from '../../apimachinery/status-error.ts';
import type { ConfigMap, Container, Pod, Secret, Volume } from '../../apis/core/generated/v1.ts';
import { configMaps, secrets } from '../../apis/resources.ts';
import type { Client } from '../../client/types.ts';

export interface ObjectReferences {
  secrets: Set<string>;
  configMaps: Set<string>;
}

/** Names that the container's environment refers to. Pure. */
export function containerReferences(container: Container): ObjectReferences {
  const found: ObjectReferences = { secrets: new Set(), configMaps: new Set() };
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    add(found.secrets, secretRef?.name);
    add(found.configMaps, configMapRef?.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    add(found.secrets, valueFrom?.secretKeyRef?.name);
    add(found.configMaps, valueFrom?.configMapKeyRef?.name);
  }
  return found;
}

/** Names that the volume's files come from. Pure. */
export function volumeReferences(volume: Volume): ObjectReferences {
  const found: ObjectReferences = { secrets: new Set(), configMaps: new Set() };
  add(found.secrets, volume.secret?.secretName);
  add(found.configMaps, volume.configMap?.name);
  for (const source of volume.projected?.sources ?? []) {
    add(found.secrets, source.secret?.name);
    add(found.configMaps, source.configMap?.name);
  }
  return found;
}

function add(names: Set<string>, name: string | undefined): void {
  if (name) names.add(name);
}

export interface ReadObjects {
  secret: (name: string) => Secret | undefined;
  configMap: (name: string) => ConfigMap | undefined;
}

/** Reads what is referred to, fresh; what does not exist is undefined. Rejects if the API cannot be asked. */
export async function readReferences(
  pod: Pod,
  references: ObjectReferences,
  at: { client: Client; signal: AbortSignal },
): Promise<ReadObjects> {
  const { client, signal } = at;
  const namespace = pod.metadata.namespace ?? '';
  const read = async <T>(names: Set<string>, get: (name: string) => Promise<T>): Promise<Map<string, T | undefined>> =>
    new Map(
      await Promise.all([...names].map(async (name) => [name, await get(name).catch(undefinedIfMissing)] as const)),
    );
  const [secretMap, configMapMap] = await Promise.all([
    read<Secret>(references.secrets, (name) => client.get(secrets, { namespace, name }, signal)),
    read<ConfigMap>(references.configMaps, (name) => client.get(configMaps, { namespace, name }, signal)),
  ]);
  return { secret: (name) => secretMap.get(name), configMap: (name) => configMapMap.get(name) };
}

function undefinedIfMissing(error: unknown): undefined {
  if (isStatus(error, 'NotFound')) return undefined;
  throw error;
}
