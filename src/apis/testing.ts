// What do the tests of kinds share? A kind's defaults and refusals as short texts.

import type { KubeObject } from '../apimachinery/meta.ts';
import { builtinResources } from './builtin.ts';
import type { ResourceDefinition } from './definition.ts';

export type Fields = Record<string, unknown>;

/** For who does not listen to warnings. */
export const unheard = (): void => undefined;

function definitionOf(kind: string): ResourceDefinition {
  const found = builtinResources.find(({ resource }) => resource.kind === kind && resource.group !== 'events.k8s.io');
  if (!found) throw new Error(`no definition of ${kind}`);
  return found;
}

/** An object of the kind in namespace `demo`, with the name `x` and the UID `u`. */
export function objectOf(kind: string, { metadata, ...fields }: Fields): KubeObject {
  const standard = { name: 'x', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return structuredClone({ kind, metadata: { ...standard, ...(metadata as object) }, ...fields }) as KubeObject;
}

/** The object with all that the server fills in on a create. */
export function created(kind: string, fields: Fields): KubeObject {
  const definition = definitionOf(kind);
  const object = objectOf(kind, fields);
  definition.applyDefaults?.(object);
  definition.prepareForCreate?.(object, unheard);
  return object;
}

/** What is refused of a create, or of an update from `old`, or of its status: `field: message`. */
export function refusals(
  kind: string,
  fields: Fields,
  { old, isStatus = false }: { old?: Fields; isStatus?: boolean } = {},
): string[] {
  const { validateCreate, validateUpdate, validateStatus } = definitionOf(kind);
  const object = created(kind, fields);
  if (isStatus) Object.assign(object, { status: fields['status'] });
  const before = created(kind, old ?? fields);
  if (isStatus && old) Object.assign(before, { status: old['status'] });
  const rules = isStatus ? validateStatus : old ? validateUpdate : undefined;
  const causes = rules ? rules(object, before) : validateCreate?.(object);
  return (causes ?? []).map(({ field, message }) => `${field}: ${message}`);
}

/** What is said of a create, of an update from `old`, or of a status. Nothing is filled in. */
export function warnings(
  kind: string,
  fields: Fields,
  { old, isStatus = false }: { old?: Fields; isStatus?: boolean } = {},
): string[] {
  const definition = definitionOf(kind);
  const object = objectOf(kind, fields);
  if (isStatus) return definition.statusWarnings?.(object, objectOf(kind, old ?? {})) ?? [];
  return definition.warnings?.(object, old && objectOf(kind, old)) ?? [];
}
