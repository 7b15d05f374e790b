// Which stateful sets are refused, and what of them may change? Upstream's pkg/apis/apps/validation.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { goStruct } from '../../apimachinery/go-values.ts';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, validateAnnotations, validateLabels } from '../../apimachinery/validation.ts';
import { validateClaimSpec } from '../core/claim-validation.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { allNonNegative, named, nonNegative } from '../field-rules.ts';
import type {
  StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from './generated/v1.ts';
import { validateLasting, validatePodTemplate, validateSelection } from './template-rules.ts';
import { atMost, keptCollisions } from './validation.ts';

const unlikeMessage =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const mutableFields: ReadonlySet<string> = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
const rollingShape = { Partition: 0, MaxUnavailable: null } as const;
const strategyShape = { Type: '', RollingUpdate: rollingShape } as const;

/** Causes against a stateful set. */
export function validateStatefulSet({ spec }: StatefulSet): StatusCause[] {
  return spec ? validateSpec(spec) : [required('spec')];
}

/** What can't change is not looked at again. */
function validateSpec(spec: StatefulSetSpec, { isNew = true }: { isNew?: boolean } = {}): StatusCause[] {
  const { volumeClaimTemplates = [], serviceName } = spec;
  const claims = isNew ? volumeClaimTemplates : [];
  return [
    ...validateManagement(spec.podManagementPolicy),
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy ?? {}),
    ...claims.flatMap((claim, index) =>
      validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`),
    ),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(isNew && serviceName ? named('spec.serviceName', serviceName, dns1123Label) : []),
    ...validateSelection(spec, {
      emptyMessage: 'empty selector is invalid for statefulset',
      malformedMessage: '',
      validate: (template) => validateSetTemplate(template, spec),
    }),
    ...validateLasting(spec.template, 'StatefulSet', 'spec.template'),
  ];
}

/** Causes against an update of a stateful set. */
export function validateStatefulSetUpdate(set: StatefulSet, old: StatefulSet): StatusCause[] {
  const causes = set.spec ? validateSpec(set.spec, { isNew: false }) : [required('spec')];
  return isSameSet(set.spec, old.spec) ? causes : [...causes, forbidden('spec', unlikeMessage)];
}

function validateManagement(policy: string | undefined): StatusCause[] {
  const at = 'spec.podManagementPolicy';
  if (!policy) return [required(at)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalidValue(at, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(strategy: StatefulSetUpdateStrategy): StatusCause[] {
  const at = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy;
  if (!type) return [required(at)];
  if (type === 'RollingUpdate') return nonNegative(`${at}.rollingUpdate.partition`, rollingUpdate?.partition);
  if (type === 'OnDelete') {
    if (!rollingUpdate) return [];
    const why = "only allowed for updateStrategy 'RollingUpdate'";
    return [invalidValue(`${at}.rollingUpdate`, goStruct(rollingUpdate, rollingShape), why)];
  }
  return [invalidValue(at, goStruct(strategy, strategyShape), "must be 'RollingUpdate' or 'OnDelete'")];
}

function validateRetention(policy: StatefulSetPersistentVolumeClaimRetentionPolicy): StatusCause[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((field) => {
    const { [field]: value = '' } = policy;
    if (value === 'Retain' || value === 'Delete') return [];
    return [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, value, ['Retain', 'Delete'])];
  });
}

/** Causes against the template, whose volumes are those of the claim templates and, where they have other names, its own. */
function validateSetTemplate(template: PodTemplateSpec, { volumeClaimTemplates = [] }: StatefulSetSpec): StatusCause[] {
  const at = 'spec.template';
  const claims = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ''));
  const ofClaims = [...claims].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = (template.spec?.volumes ?? []).filter(({ name }) => !claims.has(name));
  // The names of its pods and of the service stand for the host name and the subdomain.
  const { hostname: _hostname, subdomain: _subdomain, ...podSpec } = template.spec ?? { containers: [] };
  const spec = template.spec && { ...podSpec, volumes: [...ofClaims, ...own] };
  return [
    // Upstream says of labels and annotations what it says of every template's once more.
    ...validateLabels(template.metadata?.labels ?? {}, `${at}.labels`),
    ...validateAnnotations(template.metadata?.annotations ?? {}, `${at}.annotations`),
    ...validatePodTemplate({ ...template, ...(spec && { spec }) }, at),
  ];
}

function isSameSet(spec: StatefulSetSpec | undefined, old: StatefulSetSpec | undefined): boolean {
  const kept = (each: StatefulSetSpec | undefined): object =>
    Object.fromEntries(Object.entries(each ?? {}).filter(([field]) => !mutableFields.has(field)));
  return jsonEqual(kept(spec), kept(old));
}

/** Causes against the status of a stateful set. */
export function validateStatefulSetStatus(set: StatefulSet, old: StatefulSet): StatusCause[] {
  const { status = { replicas: 0 } } = set;
  const { replicas, readyReplicas = 0, availableReplicas = 0 } = status;
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  return [
    ...allNonNegative('status', status, ['replicas', ...parts, 'observedGeneration', 'collisionCount']),
    ...parts.flatMap((part) => atMost(`status.${part}`, status[part] ?? 0, { bound: replicas })),
    ...atMost('status.availableReplicas', availableReplicas, {
      bound: readyReplicas,
      message: 'cannot be greater than status.readyReplicas',
    }),
    ...keptCollisions(set, old),
  ];
}
