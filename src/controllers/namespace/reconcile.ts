// What is the next step that ends a namespace? Models pkg/controller/namespace/deletion.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { Namespace, NamespaceCondition } from '../../apis/core/generated/v1.ts';
import type { Survey } from './survey.ts';

export const namespaceFinalizer = 'kubernetes';

export type Condition = Omit<NamespaceCondition, 'lastTransitionTime'>;

export interface Target {
  resource: Resource;
  object: KubeObject;
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Delete'; targets: Target[] }
  | { type: 'SetConditions'; conditions: Condition[] }
  /** All that could be deleted is; others hold the rest. */
  | { type: 'Await' }
  | { type: 'Finalize' };

/** Is it this controller's turn? */
export function isEnding({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && (spec?.finalizers ?? []).includes(namespaceFinalizer);
}

export function reconcileNamespace({ namespace, survey }: { namespace: Namespace; survey: Survey }): Step {
  if (!isEnding(namespace)) return { type: 'Settled' };
  const pods = survey.contents.filter(({ resource }) => resource.plural === 'pods' && resource.group === '');
  const stage = pods.length > 0 ? pods : survey.contents;
  const targets = stage.flatMap(({ resource, objects }) =>
    objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((object) => ({ resource, object })),
  );
  if (targets.length > 0) return { type: 'Delete', targets };

  if (survey.contents.length === 0 && survey.failures.length === 0) return { type: 'Finalize' };
  const conditions = conditionsOf(survey);
  const isTold = conditions.every((wanted) =>
    namespace.status?.conditions?.some(
      ({ type, status, message }) => type === wanted.type && status === wanted.status && message === wanted.message,
    ),
  );
  return isTold ? { type: 'Await' } : { type: 'SetConditions', conditions };
}

function conditionsOf({ contents, failures }: Survey): Condition[] {
  const remaining = contents.map(
    ({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`,
  );
  const holders = contents.flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.finalizers ?? []));
  const finalizers = [...new Set(holders)].map(
    (name) => `${name} in ${holders.filter((each) => each === name).length} resource instances`,
  );
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    verdict('NamespaceDeletionContentFailure', failures, {
      none: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      some: ['ContentDeletionFailed', `Failed to delete all resource types, ${failures.length} remaining: `],
    }),
    verdict('NamespaceContentRemaining', remaining, {
      none: ['ContentRemoved', 'All content successfully removed'],
      some: ['SomeResourcesRemain', 'Some resources are remaining: '],
    }),
    verdict('NamespaceFinalizersRemaining', finalizers, {
      none: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      some: ['SomeFinalizersRemain', 'Some content in the namespace has finalizers remaining: '],
    }),
  ];
}

interface Texts {
  none: [reason: string, message: string];
  some: [reason: string, prefix: string];
}

function verdict(type: string, found: string[], { none, some }: Texts): Condition {
  if (found.length === 0) return { type, status: 'False', reason: none[0], message: none[1] };
  return { type, status: 'True', reason: some[0], message: `${some[1]}${[...found].sort().join(', ')}` };
}
