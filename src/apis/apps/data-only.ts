// Which workload kinds does the server keep without a controller that acts on them? Their tables, so that
// what a backup or a chart carries can be stored, listed and restored.

import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, column, integerColumn, nameColumn, wideColumn } from '../columns.ts';
import { dropClosedFieldsOf } from '../core/closed-gates.ts';
import { containerColumns } from '../core/containers.ts';
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { defineResource } from '../definition.ts';
import type { Deployment, ReplicaSet } from './generated/v1.ts';
import {
  validateDeployment,
  validateDeploymentStatus,
  validateDeploymentUpdate,
  validateReplicaSet,
  validateReplicaSetUpdate,
  validateReplicaStatus,
} from './validation.ts';

const apps = { group: 'apps', version: 'v1', namespaced: true } as const;
const deployments: Resource<Deployment> = { ...apps, plural: 'deployments', kind: 'Deployment' };
const replicaSets: Resource<ReplicaSet> = { ...apps, plural: 'replicasets', kind: 'ReplicaSet' };

const common = { categories: ['all'], isBuiltIn: true, hasGeneration: true, selectableFields: {} };

export const deployment = defineResource<Deployment>({
  ...common,
  resource: deployments,
  listKind: 'DeploymentList',
  singular: 'deployment',
  shortNames: ['deploy'],
  subresources: ['status', 'scale'],
  statusKeeps: ['labels'],
  schemaName: 'io.k8s.api.apps.v1.Deployment',
  generationCounts: 'annotations',
  columns: [
    nameColumn(),
    column('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    column('Up-to-date', ({ status }) => status?.updatedReplicas ?? 0),
    column('Available', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn(),
    ...containerColumns<Deployment>(({ spec }) => spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
  ],
  applyDefaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultPodTemplate(spec.template);
  },
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.template),
  prepareForCreate: (object) => {
    object.status = {};
  },
  validateCreate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatus: validateDeploymentStatus,
  warnings: workloadWarnings,
});

export const replicaSet = defineResource<ReplicaSet>({
  ...common,
  resource: replicaSets,
  listKind: 'ReplicaSetList',
  singular: 'replicaset',
  shortNames: ['rs'],
  subresources: ['status', 'scale'],
  schemaName: 'io.k8s.api.apps.v1.ReplicaSet',
  columns: [
    nameColumn(),
    integerColumn('Desired', ({ spec }) => spec?.replicas ?? 0),
    integerColumn('Current', ({ status }) => status?.replicas ?? 0),
    integerColumn('Ready', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicaSet>(({ spec }) => spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
  ],
  applyDefaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.template),
  prepareForCreate: (object) => {
    object.status = { replicas: 0 };
  },
  validateCreate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatus: validateReplicaStatus,
  warnings: workloadWarnings,
});
