// What is a replication controller to the API server?

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabels } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { asSent } from '../../apimachinery/sent-empty.ts';
import { validateLastingTemplate } from '../apps/template-rules.ts';
import { validateReplicaStatus } from '../apps/validation.ts';
import { ageColumn, integerColumn, nameColumn, wideColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import { nonNegative } from '../field-rules.ts';
import { dropClosedFieldsOf } from './closed-gates.ts';
import { containerColumns } from './containers.ts';
import type { ReplicationController } from './generated/v1.ts';
import { defaultPodTemplate } from './pod-defaults.ts';
import { isSame, newWorkloadWarnings, warnTemplate } from './pod-warnings.ts';

const replicationControllers: Resource<ReplicationController> = {
  group: '',
  version: 'v1',
  plural: 'replicationcontrollers',
  kind: 'ReplicationController',
  namespaced: true,
};

export const replicationController = defineBuiltIn<ReplicationController>({
  resource: replicationControllers,
  shortNames: ['rc'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  hasGeneration: true,
  columns: [
    nameColumn(),
    integerColumn('Desired', ({ spec }) => spec?.replicas ?? 0),
    integerColumn('Current', ({ status }) => status?.replicas ?? 0),
    integerColumn('Ready', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabels(spec?.selector)),
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  applyDefaults: (object) => {
    const { metadata, spec } = object;
    if (!spec) return;
    const labels = spec.template?.metadata?.labels;
    if (labels && Object.keys(labels).length > 0) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.template),
  prepareForCreate: (object) => {
    object.status = { replicas: 0 };
  },
  validateCreate: validateController,
  validateUpdate: validateController,
  validateStatus: validateReplicaStatus,
  warnings: (object, old) => {
    // Upstream looks at the template that was, not at the one that is to be.
    if (old) return isSame(object, old) ? [] : warnTemplate(old.spec?.template, 'spec.template');
    return newWorkloadWarnings(object);
  },
});

function validateController({ spec }: ReplicationController): StatusCause[] {
  if (!spec) return [required('spec')];
  const selector = Object.entries(spec.selector ?? {});
  const causes = nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  if (selector.length === 0) causes.push(required('spec.selector'));
  causes.push(...nonNegative('spec.replicas', spec.replicas));
  if (!spec.template) return [...causes, required('spec.template')];
  const labels = spec.template.metadata?.labels;
  if (!selector.every(([key, value]) => labels?.[key] === value)) {
    const { metadata } = spec.template;
    const shown = metadata && asSent(metadata, 'labels');
    causes.push(
      invalidValue('spec.template.metadata.labels', shown ?? null, '`selector` does not match template `labels`'),
    );
  }
  return [...causes, ...validateLastingTemplate(spec.template, 'ReplicationController', 'spec.template')];
}
