// What is a stateful set to the API server?

import { dns1123Label } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { warnClaimSpec } from '../core/claim-warnings.ts';
import { dropClosedFieldsOf } from '../core/closed-gates.ts';
import { containerColumns } from '../core/containers.ts';
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { isSame, warnTemplate } from '../core/pod-warnings.ts';
import { defineResource } from '../definition.ts';
import { statefulSets } from '../resources.ts';
import type { StatefulSet, StatefulSetSpec } from './generated/v1.ts';
import {
  validateStatefulSet,
  validateStatefulSetStatus,
  validateStatefulSetUpdate,
} from './stateful-set-validation.ts';

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
  dropClosedFields: ({ spec }) => {
    dropClosedFieldsOf(spec?.template);
    // MaxUnavailableStatefulSet
    delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
  },
  prepareForCreate: (set) => {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validateCreate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatus: validateStatefulSetStatus,
  warnings: statefulSetWarnings,
});

function statefulSetWarnings(object: StatefulSet, old?: StatefulSet): string[] {
  const { template, volumeClaimTemplates = [], revisionHistoryLimit = 0 } = object.spec ?? {};
  const warnings = isSame(object, old) ? [] : warnTemplate(template, 'spec.template');
  for (const [index, claim] of volumeClaimTemplates.entries())
    warnings.push(...warnClaimSpec(claim.spec, `spec.volumeClaimTemplates[${index}]${old ? '.Spec' : ''}`));
  if (revisionHistoryLimit < 0)
    warnings.push(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    );
  return warnings;
}

function defaultSpec(spec: StatefulSetSpec): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
    claim.spec ??= {};
    claim.spec.volumeMode ??= 'Filesystem';
  }
}
