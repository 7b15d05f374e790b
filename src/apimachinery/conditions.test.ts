import { expect, test } from 'vitest';
import { type Condition, validateConditions } from './conditions.ts';

const whole = { type: 'Ready', status: 'True', reason: 'AllWell', lastTransitionTime: '2026-01-01T00:00:00Z' };

test.each<{ name: string; conditions: Condition[]; want: string[] }>([
  { name: 'whole -> accepted', conditions: [whole, { ...whole, type: 'example.com/Other' }], want: [] },
  {
    name: 'nothing said -> refused',
    conditions: [{ type: 'Ready', status: '' }],
    want: [
      'c[0].status: FieldValueNotSupported',
      'c[0].lastTransitionTime: FieldValueRequired',
      'c[0].reason: FieldValueRequired',
    ],
  },
  {
    name: 'a sentence for a reason, a generation below none -> refused',
    conditions: [{ ...whole, reason: 'all is well', observedGeneration: -1 }],
    want: ['c[0].observedGeneration: FieldValueInvalid', 'c[0].reason: FieldValueInvalid'],
  },
  {
    name: 'one type twice, one that is none -> refused',
    conditions: [whole, whole, { ...whole, type: '-x' }],
    want: ['c[1].type: FieldValueDuplicate', 'c[2].type: FieldValueInvalid'],
  },
])('conditions: $name', ({ conditions, want }) => {
  expect(validateConditions(conditions, 'c').map(({ field, reason }) => `${field}: ${reason}`)).toEqual(want);
});
