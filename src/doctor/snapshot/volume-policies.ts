// What does the resource policy of a backup do with a volume? The volumePolicies of a ConfigMap: the first whose
// conditions all hold decides. Source: velero internal/resourcepolicies, and docs, resource-filtering.

import { parse } from 'yaml';
import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Backup, Schedule, TypedLocalReference } from '../../apis/velero/types.ts';
import { volumeOfClaim } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

export type VolumeAction =
  | 'skip'
  | 'snapshot'
  | 'fs-backup'
  /** A plugin of somebody else sees to it. */
  | 'custom'
  /** There is no policy, or it says nothing of this volume: the other fields of the specification decide. */
  | 'none'
  /** The policy can't be read, or has conditions that nobody knows here: anything may happen to the volume. */
  | 'unknown';

const actions: readonly string[] = ['skip', 'snapshot', 'fs-backup', 'custom'] satisfies VolumeAction[];

interface Policy {
  conditions: Record<string, unknown>;
  action: VolumeAction;
}

/** What happens to the claim's volume by the policy that the object's specification names. */
export function policyAction(snapshot: Snapshot, owner: Backup | Schedule, claim: PersistentVolumeClaim): VolumeAction {
  const reference = policyReference(owner);
  if (!reference?.name) return 'none';
  const policies = policiesNamed(snapshot, owner.metadata.namespace ?? '', reference);
  if (!policies) return 'unknown';
  const volume = volumeOfClaim(snapshot, claim);
  for (const { conditions, action } of policies) {
    const isMatch = matches(conditions, { claim, volume });
    if (isMatch === undefined) return 'unknown';
    if (isMatch) return action;
  }
  return 'none';
}

/** The ConfigMap that a backup, or those of a schedule, take their policy from. */
export function policyReference({ spec }: Backup | Schedule): TypedLocalReference | undefined {
  const backupSpec = spec && 'template' in spec ? spec.template : spec;
  return backupSpec?.resourcePolicy;
}

/** The policies of the ConfigMap; undefined if it is not known or can't be understood. */
function policiesNamed(
  snapshot: Snapshot,
  namespace: string,
  { kind, name }: TypedLocalReference,
): readonly Policy[] | undefined {
  if (kind.toLowerCase() !== 'configmap') return undefined;
  return snapshot.remember(`volumePolicies ${namespace}/${name}`, () => {
    const data = Object.values(snapshot.find('policyMaps', { namespace, name })?.data ?? {});
    return data.length === 1 ? policiesIn(data[0] ?? '') : undefined;
  });
}

/** Policies in the text; undefined if one of them has a shape that Velero would refuse. */
export function policiesIn(text: string): readonly Policy[] | undefined {
  let document: unknown;
  try {
    document = parse(text, { logLevel: 'error' });
  } catch {
    return undefined;
  }
  const { version, volumePolicies } = (document ?? {}) as { version?: unknown; volumePolicies?: unknown };
  if (version !== 'v1' || !Array.isArray(volumePolicies ?? [])) return undefined;
  const policies = ((volumePolicies ?? []) as unknown[]).map(policyOf);
  return policies.every((each) => each !== undefined) ? policies : undefined;
}

function policyOf(value: unknown): Policy | undefined {
  const { conditions, action } = (value ?? {}) as { conditions?: unknown; action?: { type?: unknown } | null };
  const type = action?.type;
  if (typeof type !== 'string' || !actions.includes(type)) return undefined;
  if (conditions !== undefined && conditions !== null && typeof conditions !== 'object') return undefined;
  const known = (conditions ?? {}) as Record<string, unknown>;
  return isRange(known['capacity']) ? { conditions: known, action: type as VolumeAction } : undefined;
}

/** Two quantities with a comma between, either of which may be left out. */
function isRange(value: unknown): boolean {
  if (isAbsent(value)) return true;
  const ends = String(value).split(',');
  try {
    return ends.length === 2 && ends.every((end) => end.trim() === '' || quantityToNumber(end.trim()) >= 0);
  } catch {
    return false;
  }
}

interface Subject {
  claim: PersistentVolumeClaim;
  volume: PersistentVolume | undefined;
}

type Condition = (value: unknown, subject: Subject) => boolean;

const conditionsByName: Record<string, Condition> = {
  capacity: (value, { volume }) => isWithin(String(value ?? ''), volume?.spec?.capacity?.['storage']),
  storageClass: (value, { volume }) => isAbsent(value) || listOf(value).includes(volume?.spec?.storageClassName || '-'),
  nfs: (value, { volume }) => sourceMatches(value, volume?.spec?.nfs, ['server', 'path']),
  csi: (value, { volume }) =>
    sourceMatches(value, volume?.spec?.csi, ['driver']) &&
    holdsAll((value as { volumeAttributes?: unknown } | null)?.volumeAttributes, volume?.spec?.csi?.volumeAttributes),
  volumeTypes: (value, { volume }) =>
    isAbsent(value) ||
    listOf(value).some((type) => (volume?.spec as Record<string, unknown> | undefined)?.[type] != null),
  pvcLabels: (value, { claim }) => holdsAll(value, claim.metadata.labels),
  pvcPhase: (value, { claim }) => isAbsent(value) || listOf(value).includes(claim.status?.phase ?? ''),
  pvcVolumeMode: (value, { claim }) => isAbsent(value) || value === claim.spec?.volumeMode,
  pvcAccessModes: (value, { claim }) =>
    isAbsent(value) || listOf(value).toSorted().join() === (claim.spec?.accessModes ?? []).toSorted().join(),
};

/** Undefined if a condition is none that is known here. */
function matches(conditions: Record<string, unknown>, subject: Subject): boolean | undefined {
  const names = Object.keys(conditions);
  if (names.some((name) => !Object.hasOwn(conditionsByName, name))) return undefined;
  return names.every((name) => conditionsByName[name]?.(conditions[name], subject));
}

/** An empty condition asks for nothing. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** `10Gi,100Gi`, both ends included; an end that is left out is open. */
function isWithin(range: string, capacity: string | undefined): boolean {
  if (range.trim() === '') return true;
  const [lower, upper] = range.split(',').map((each) => (each.trim() === '' ? 0 : quantityToNumber(each.trim())));
  const bytes = capacity === undefined ? 0 : quantityToNumber(capacity);
  return bytes >= (lower ?? 0) && (!upper || bytes <= upper);
}

/** `{}` asks for any source of that kind. */
function sourceMatches(value: unknown, source: object | undefined, fields: readonly string[]): boolean {
  if (value === undefined || value === null) return true;
  if (!source) return false;
  const wanted = value as Record<string, unknown>;
  return fields.every(
    (field) => isAbsent(wanted[field]) || wanted[field] === (source as Record<string, unknown>)[field],
  );
}

function holdsAll(value: unknown, held: Record<string, string> | undefined): boolean {
  return Object.entries((value ?? {}) as Record<string, unknown>).every(([key, text]) => held?.[key] === String(text));
}
