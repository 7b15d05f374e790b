// What is a daemon set to the API server? It is kept without a controller that acts on it.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector, formatLabels } from '../../apimachinery/selectors.ts';
import { ageColumn, column, integerColumn, nameColumn, wideColumn } from '../columns.ts';
import { dropClosedFieldsOf } from '../core/closed-gates.ts';
import { containerColumns } from '../core/containers.ts';
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { warnTemplate } from '../core/pod-warnings.ts';
import { defineBuiltIn } from '../definition.ts';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './daemon-set-validation.ts';
import type { DaemonSet } from './generated/v1.ts';

const daemonSets: Resource<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
};

/** Counts the changes of the template: the field that older versions had for it. Source: pkg/apis/apps/v1/conversion.go. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function unreadable({ metadata }: { metadata?: DaemonSet['metadata'] }): string | undefined {
  const text = metadata?.annotations?.[templateGeneration];
  if (text === undefined || /^[+-]?\d+$/.test(text)) return undefined;
  return `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
}

function templateGenerationOf({ metadata }: DaemonSet): number {
  const generation = Number(metadata.annotations?.[templateGeneration]);
  return Number.isInteger(generation) ? generation : 0;
}

function putTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGeneration]: String(generation) };
}

export const daemonSet = defineBuiltIn<DaemonSet>({
  resource: daemonSets,
  shortNames: ['ds'],
  categories: ['all'],
  subresources: ['status'],
  hasGeneration: true,
  columns: [
    nameColumn(),
    integerColumn('Desired', ({ status }) => status?.desiredNumberScheduled ?? 0),
    integerColumn('Current', ({ status }) => status?.currentNumberScheduled ?? 0),
    integerColumn('Ready', ({ status }) => status?.numberReady ?? 0),
    integerColumn('Up-to-date', ({ status }) => status?.updatedNumberScheduled ?? 0),
    integerColumn('Available', ({ status }) => status?.numberAvailable ?? 0),
    column('Node Selector', ({ spec }) => formatLabels(spec?.template.spec?.nodeSelector)),
    ageColumn(),
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
  ],
  unreadable,
  fieldAnnotation: templateGeneration,
  applyDefaults: ({ metadata, spec }) => {
    if (!spec) return;
    metadata.annotations = { [templateGeneration]: '0', ...metadata.annotations };
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    const { type, rollingUpdate } = spec.updateStrategy;
    if (rollingUpdate || type === 'RollingUpdate') {
      const maxUnavailable = type === 'RollingUpdate' ? 1 : 0;
      spec.updateStrategy.rollingUpdate = { maxUnavailable, maxSurge: 0, ...rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
  },
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.template),
  prepareForCreate: (object) => {
    putTemplateGeneration(object, Math.max(1, templateGenerationOf(object)));
    object.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  prepareForUpdate: (object, old) => {
    const generation = templateGenerationOf(old);
    const isSame = jsonEqual(object.spec?.template, old.spec?.template);
    putTemplateGeneration(object, isSame ? generation : generation + 1);
  },
  validateCreate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatus: validateDaemonSetStatus,
  warnings: (object, old) => {
    if (old && templateGenerationOf(object) === templateGenerationOf(old)) return [];
    return warnTemplate(object.spec?.template, 'spec.template');
  },
});
