// Which questions about access are not answered?

import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { SubjectAccessReview } from '../../apis/authorization/generated/v1.ts';
import { localCauses, selfCauses, subjectCauses } from './access-causes.ts';

const asked = { verb: 'get', resource: 'pods', namespace: 'ns' };
const review = (metadata: object, spec: object = {}) =>
  ({ metadata, spec: { user: 'jane', resourceAttributes: asked, ...spec } }) as KubeObject & SubjectAccessReview;
const said = (causes: ReturnType<typeof selfCauses>) => causes.map(({ field, message }) => `${field}: ${message}`);
const managedFields = [{ manager: 'm' }];

test.each<[string, object, string[]]>([
  ['nothing', {}, []],
  ['an owner, who is always there', { managedFields }, []],
  ['empty fields', { labels: {}, finalizers: [], name: '', generation: 0 }, []],
  [
    'a name',
    { name: 'a', managedFields },
    ['metadata: Invalid value: {"name":"a","managedFields":[{"manager":"m"}]}: must be empty'],
  ],
  [
    'fields, in the order of Go',
    { labels: { b: '<' }, generateName: 'x' },
    ['metadata: Invalid value: {"generateName":"x","labels":{"b":"\\u003c"}}: must be empty'],
  ],
])('metadata with %s', (_what, metadata, want) => {
  expect(said(selfCauses(review(metadata)))).toEqual(want);
  expect(said(subjectCauses(review(metadata)))).toEqual(want);
  const local = localCauses(review({ ...metadata, namespace: 'ns' }));
  expect(
    said(local).map((each) => each.replace(/"namespace":"ns",?/, '').replace(' except for namespace', '')),
  ).toEqual(want);
});

test.each<[string, object, string[]]>([
  ['no selector', {}, []],
  [
    'an empty selector',
    { fieldSelector: {} },
    [
      'fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
    ],
  ],
  [
    'both forms',
    { labelSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'Exists' }] } },
    ['labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements'],
  ],
  [
    'no key and no values',
    { fieldSelector: { requirements: [{ key: '', operator: 'In' }] } },
    [
      'fieldSelector.requirements[0].key: Required value: must be specified',
      "fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ],
  [
    'values that are too many',
    { labelSelector: { requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
    [
      "labelSelector.requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  ],
  ['an operator of later', { labelSelector: { requirements: [{ key: 'a', operator: 'Later', values: ['b'] }] } }, []],
])('resources with %s', (_what, attributes, want) => {
  const causes = selfCauses(review({}, { resourceAttributes: { ...asked, ...attributes } }));
  expect(said(causes)).toEqual(want.map((each) => `spec.resourceAttributes.${each}`));
});

test('a question about both -> what is no resource is shown as Go has it', () => {
  const [cause] = selfCauses(review({}, { nonResourceAttributes: { path: '/' } }));
  expect(cause?.message).toMatch(/^Invalid value: \{"Path":"\/","Verb":""\}: cannot be specified in combination/);
});

test('who asks about another namespace than that of the URL, or about no resource, is told so after what is wrong with the metadata', () => {
  const causes = localCauses(review({ namespace: 'other', name: 'a' }, { nonResourceAttributes: { path: '/' } }));
  expect(causes.map(({ field }) => field)).toEqual([
    'spec.nonResourceAttributes',
    'metadata',
    'spec.resourceAttributes.namespace',
    'spec.nonResourceAttributes',
  ]);
});
