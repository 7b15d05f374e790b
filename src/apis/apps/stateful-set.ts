// What is a stateful set to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, validateLabelSelector } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { containerColumns } from '../core/containers.ts';
import { defaultClaimSpec } from '../core/persistent-volume-claim.ts';
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { defineResource } from '../definition.ts';
import { statefulSets } from '../resources.ts';
import type { StatefulSet, StatefulSetSpec } from './generated/v1.ts';
import { validatePodTemplate } from './template-rules.ts';

const immutableMessage =
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

export const statefulSet = defineResource<StatefulSet>({
  resource: statefulSets,
  listKind: 'StatefulSetList',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  schemaName: 'io.k8s.api.apps.v1.StatefulSet',
  isBuiltIn: true,
  hasGeneration: true,
  // Its name is part of pod names and of their host names.
  nameRule: dns1123Label,
  columns: [
    nameColumn(),
    {
      ...column<StatefulSet>('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
      description: 'Number of the pod with ready state',
    },
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template),
  ],
  selectableFields: {},
  applyDefaults: ({ spec }) => {
    if (spec) defaultSpec(spec);
  },
  prepareForCreate: (set) => {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validateCreate: ({ spec }) => (spec ? validateSpec(spec) : [required('spec')]),
  validateUpdate: ({ spec }, { spec: old }) => {
    if (!spec || !old) return [required('spec')];
    const causes = validateSpec(spec);
    return isSameSet(spec, old) ? causes : [...causes, forbidden('spec', immutableMessage)];
  },
});

function defaultSpec(spec: StatefulSetSpec): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status = { phase: 'Pending' };
    if (claim.spec) defaultClaimSpec(claim.spec);
  }
}

function validateSpec(spec: StatefulSetSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!spec.podManagementPolicy) causes.push(required('spec.podManagementPolicy'));
  else if (!['OrderedReady', 'Parallel'].includes(spec.podManagementPolicy)) {
    causes.push(
      invalidValue('spec.podManagementPolicy', spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"),
    );
  }
  const strategy = spec.updateStrategy?.type;
  if (!strategy) causes.push(required('spec.updateStrategy'));
  else if (strategy !== 'OnDelete' && strategy !== 'RollingUpdate') {
    causes.push(invalidValue('spec.updateStrategy', spec.updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"));
  }
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = spec.persistentVolumeClaimRetentionPolicy?.[field];
    if (policy === 'Retain' || policy === 'Delete') continue;
    causes.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, policy, ['Retain', 'Delete']));
  }
  for (const [field, value] of [
    ['spec.replicas', spec.replicas],
    ['spec.minReadySeconds', spec.minReadySeconds],
    ['spec.ordinals.start', spec.ordinals?.start],
  ] as const) {
    if (value !== undefined && value < 0) causes.push(invalidValue(field, value, 'must be greater than or equal to 0'));
  }
  return [...causes, ...validateSelector(spec), ...validateTemplate(spec)];
}

function validateSelector({ selector, template }: StatefulSetSpec): StatusCause[] {
  if (!selector) return [required('spec.selector')];
  const causes = validateLabelSelector(selector, 'spec.selector');
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
    causes.push(invalidValue('spec.selector', selector, 'empty selector is invalid for statefulset'));
  }
  const labels = template?.metadata?.labels;
  if (causes.length === 0 && !matchesLabelSelector(selector, labels)) {
    causes.push(
      invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    );
  }
  return causes;
}

function validateTemplate({ template, volumeClaimTemplates }: StatefulSetSpec): StatusCause[] {
  if (!template?.spec) return [required('spec.template.spec')];
  // A volume of a claim template needs no entry among the pod's volumes.
  const claims = (volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
  const volumes = (template.spec.volumes ?? []).filter(({ name }) => !claims.includes(name));
  const fromClaims = claims.filter(Boolean).map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const spec = { ...template.spec, volumes: [...volumes, ...fromClaims] };
  const causes = validatePodTemplate({ ...template, spec }, 'spec.template');
  if (template.spec.restartPolicy !== 'Always') {
    causes.push(notSupported('spec.template.spec.restartPolicy', template.spec.restartPolicy, ['Always']));
  }
  if (template.spec.activeDeadlineSeconds !== undefined) {
    causes.push(
      forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in StatefulSet is not Supported'),
    );
  }
  return causes;
}

function isSameSet(spec: StatefulSetSpec, old: StatefulSetSpec): boolean {
  const kept = (each: StatefulSetSpec) =>
    Object.fromEntries(Object.entries(each).filter(([field]) => !mutableFields.has(field)));
  return semanticallyEqual(kept(spec), kept(old));
}
