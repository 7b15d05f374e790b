// What do the volume health fields say? Source: KEP 1432, fields of Kubernetes 1.37 (alpha). A claim has
// `status.healthStatus.conditions`, a pod `status.volumeHealth[].conditions`, a CSINode `status.storageHealth[]`.

import type { KubeObject } from '../../apimachinery/meta.ts';

/** One thing that is wrong with a volume or a node's storage. */
export interface HealthTrouble {
  /** Where it stands, as `status.healthStatus`. */
  path: string;
  /** `Inaccessible`, `DataLoss`, `Degraded`, `StorageUnreachable`, `StorageDegraded`, or a word that is not known yet. */
  status: string;
  reason: string;
  message: string;
}

const fields = ['healthStatus', 'volumeHealth', 'storageHealth'] as const;
const healthy = /^(healthy|normal|ok|accessible)$/i;

/** The value of the object's health field with its path; undefined if it has none. */
export function healthField(object: KubeObject): { path: string; value: unknown } | undefined {
  const status = (object as { status?: unknown }).status;
  if (!isJsonObject(status)) return undefined;
  for (const field of fields) if (status[field] != null) return { path: `status.${field}`, value: status[field] };
  return undefined;
}

/** What the health field complains of. A status that is not known counts as trouble, never as healthy. */
export function troublesOf(object: KubeObject): HealthTrouble[] {
  const field = healthField(object);
  return field ? conditionsIn(field.value).flatMap((condition) => troubleOf(field.path, condition)) : [];
}

/** Conditions of the value, of each entry if it is a list, or the entry itself if it is one. */
function conditionsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(conditionsIn);
  if (isJsonObject(value) && Array.isArray(value['conditions'])) return value['conditions'];
  return [value];
}

function troubleOf(path: string, entry: unknown): HealthTrouble[] {
  const { status, reason, message } = isJsonObject(entry) ? entry : { status: entry };
  if (typeof status !== 'string' || healthy.test(status)) return [];
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return [{ path, status, reason: text(reason), message: text(message) }];
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
