// What is understood of a question that has selectors?

import { expect, test } from 'vitest';
import { askedOf } from './asked-attributes.ts';

const requirement = (operator: string, ...values: string[]) => ({ key: 'a', operator, values });
const problem = (field: string, how: string): string => `spec.resourceAttributes.${field} ${how} due to parse error`;

test.each<{ name: string; asked: object; fieldSelector?: string; want?: string }>([
  { name: 'none -> nothing', asked: {} },
  { name: 'a text', asked: { fieldSelector: { rawSelector: 'a=b' } }, fieldSelector: 'a=b' },
  {
    name: 'a text that is none -> ignored',
    asked: { fieldSelector: { rawSelector: 'a' } },
    want: problem('fieldSelector', 'ignored'),
  },
  {
    name: 'requirements of one value',
    asked: { fieldSelector: { requirements: [requirement('In', 'x'), requirement('NotIn', 'y')] } },
    fieldSelector: 'a=x,a!=y',
  },
  {
    name: 'two values, an unknown operator -> what is left',
    asked: {
      fieldSelector: { requirements: [requirement('In', 'x', 'y'), requirement('Later'), requirement('In', 'z')] },
    },
    fieldSelector: 'a=z',
    want: problem('fieldSelector', 'partially ignored'),
  },
  {
    name: 'both in part -> both told',
    asked: {
      fieldSelector: { requirements: [requirement('Exists')] },
      labelSelector: { requirements: [requirement('In', 'x', 'y'), requirement('In', '?')] },
    },
    want: `${problem('fieldSelector', 'ignored')}; ${problem('labelSelector', 'partially ignored')}`,
  },
])('askedOf: $name', ({ asked, fieldSelector = '', want = '' }) => {
  const { attributes, evaluationError } = askedOf({ resourceAttributes: asked });
  expect([attributes, evaluationError]).toEqual([expect.objectContaining({ fieldSelector }), want]);
});
