import { expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { Namespace } from '../../apis/core/generated/v1.ts';
import { configMaps, pods } from '../../apis/resources.ts';
import { reconcileNamespace } from './reconcile.ts';
import type { Survey } from './survey.ts';

const metadata = { name: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const ending: Namespace = { metadata: { ...metadata, deletionTimestamp: 'now' }, spec: { finalizers: ['kubernetes'] } };
const nothing: Survey = { contents: [], failures: [] };
const object = (isGoing: boolean): KubeObject => ({
  metadata: { ...metadata, ...(isGoing && { deletionTimestamp: 'now' }) },
});
const content = (resource: Resource, isGoing = false) => ({ resource, objects: [object(isGoing)] });

test.each<{ name: string; namespace?: Namespace; survey?: Survey; want: string }>([
  {
    name: 'not being deleted -> settled',
    namespace: { metadata, spec: { finalizers: ['kubernetes'] } },
    want: 'Settled',
  },
  { name: 'already finalized -> settled', namespace: { ...ending, spec: { finalizers: ['other'] } }, want: 'Settled' },
  { name: 'empty -> finalized', want: 'Finalize' },
  {
    name: 'pods and more -> only the pods',
    survey: { ...nothing, contents: [content(configMaps), content(pods)] },
    want: 'Delete pods',
  },
  { name: 'no pods -> the rest', survey: { ...nothing, contents: [content(configMaps)] }, want: 'Delete configmaps' },
  {
    name: 'all are going -> says what is left',
    survey: { ...nothing, contents: [content(configMaps, true)] },
    want: 'SetConditions',
  },
  {
    name: 'a resource could not be listed -> not finalized',
    survey: { ...nothing, failures: ['x: no'] },
    want: 'SetConditions',
  },
])('reconcileNamespace: $name', ({ namespace = ending, survey = nothing, want }) => {
  const step = reconcileNamespace({ namespace, survey });
  const whom = step.type === 'Delete' ? ` ${step.targets.map(({ resource }) => resource.plural).join()}` : '';
  expect(`${step.type}${whom}`).toBe(want);
});

test('reconcileNamespace: conditions say so already -> awaits', () => {
  const survey = { ...nothing, contents: [content(configMaps, true)] };
  const step = reconcileNamespace({ namespace: ending, survey });
  const conditions = step.type === 'SetConditions' ? step.conditions : [];
  expect(reconcileNamespace({ namespace: { ...ending, status: { conditions } }, survey })).toEqual({ type: 'Await' });
});
