// What is a pod template to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabels } from '../../apimachinery/selectors.ts';
import { validatePodTemplate } from '../apps/template-rules.ts';
import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { dropClosedFieldsOf } from './closed-gates.ts';
import type { PodTemplate } from './generated/v1.ts';
import { defaultPodTemplate } from './pod-defaults.ts';
import { isSame, warnTemplate } from './pod-warnings.ts';

const podTemplates: Resource<PodTemplate> = {
  group: '',
  version: 'v1',
  plural: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
};

export const podTemplate = defineResource<PodTemplate>({
  resource: podTemplates,
  listKind: 'PodTemplateList',
  singular: 'podtemplate',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.PodTemplate',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: true,
  columns: [
    nameColumn(),
    column('Containers', ({ template }) => (template?.spec?.containers ?? []).map(({ name }) => name).join(',')),
    column('Images', ({ template }) => (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(',')),
    column('Pod Labels', ({ template }) => formatLabels(template?.metadata?.labels)),
  ],
  selectableFields: {},
  applyDefaults: ({ template }) => defaultPodTemplate(template),
  dropClosedFields: ({ template }) => dropClosedFieldsOf(template),
  validateCreate: ({ template }) => validatePodTemplate(template ?? {}, 'template'),
  validateUpdate: ({ template }) => validatePodTemplate(template ?? {}, 'template'),
  warnings: (object, old) => (isSame(object, old) ? [] : warnTemplate(object.template, 'template')),
});
