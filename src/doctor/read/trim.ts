// Which parts of an object does no rule read? They are dropped at once: ten thousands of objects stay in memory.

import type { KubeObject } from '../../apimachinery/meta.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

type Fields = Record<string, unknown>;
type Loose = KubeObject & Fields & { spec?: Fields | null; status?: Fields | null };

/**
 * Clears them in place: the object must be the caller's alone. Fields are emptied, not taken away: an object that loses
 * a field is slow to read from then on.
 */
export function trim<T extends KubeObject>(object: T): T {
  const { metadata } = object;
  if (metadata.managedFields) Object.assign(metadata, { managedFields: undefined });
  if (metadata.annotations?.[lastApplied] !== undefined) delete metadata.annotations[lastApplied];
  const loose = object as unknown as Loose;
  if (object.kind === 'Secret' || (object.kind === 'ConfigMap' && !holdsPolicy(loose))) clear(loose, secretFields);
  else if (object.kind === 'Node') clear(loose.status, nodeStatusFields);
  else if (object.kind === 'Pod')
    for (const list of containerLists) for (const each of containersIn(loose, list)) clear(each, containerFields);
  return object;
}

// Whatever a Secret holds, neither memory nor a report has any use for it.
const secretFields = ['data', 'stringData', 'binaryData'];
/** A word that every resource policy of Velero has, and hardly another ConfigMap. */
export const policyWord = 'volumePolicies';

function holdsPolicy({ data }: Loose): boolean {
  return JSON.stringify(data ?? {}).includes(policyWord);
}

const nodeStatusFields = ['images'];
const containerLists = ['containers', 'initContainers'];
const containerFields = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources', 'ports'];

/** Dumps hold objects of any shape: what is no container is none of this. */
function containersIn({ spec }: Loose, list: string): Fields[] {
  const containers = spec?.[list];
  return Array.isArray(containers) ? containers.filter((each) => typeof each === 'object' && each !== null) : [];
}

function clear(fields: Fields | null | undefined, names: readonly string[]): void {
  if (!fields) return;
  for (const name of names) if (fields[name] !== undefined) fields[name] = undefined;
}
