// What do the volume health fields say? New in Kubernetes 1.37 (alpha), so their shape is read with care.

import type { KubeObject } from '../../apimachinery/meta.ts';

/** One thing that is wrong with a volume or a node's storage. */
export interface HealthTrouble {
  /** Where it stands, as `status.healthStatus`. */
  path: string;
  /** `Inaccessible`, `DataLoss`, `Degraded`, or a word that is not known yet. */
  status: string;
  reason: string;
  message: string;
}

const fields = ['healthStatus', 'volumeHealth', 'storageHealth'];
const healthy = /^(healthy|normal|ok|accessible)$/i;

/** The value of the object's health field with its path; undefined if it has none. */
export function healthField(object: KubeObject): { path: string; value: unknown } | undefined {
  const status = (object as { status?: unknown }).status;
  if (!isJsonObject(status)) return undefined;
  const name = fields.find((field) => status[field] !== undefined);
  return name === undefined ? undefined : { path: `status.${name}`, value: status[name] };
}

/** What the health field complains of. A status that is not known counts as trouble, never as healthy. */
export function troublesOf(object: KubeObject): HealthTrouble[] {
  const field = healthField(object);
  return field ? entriesOf(field.value).flatMap((entry) => troubleOf(field.path, entry)) : [];
}

/** The entries of a list, of a list below another name, or the value itself. */
function entriesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => (hasList(each) ? entriesOf(each) : [each]));
  if (!isJsonObject(value)) return [value];
  const list = Object.values(value).find(Array.isArray);
  return list ? entriesOf(list) : [value];
}

function hasList(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).some(Array.isArray);
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
