// Which statuses of a ValidatingAdmissionPolicy are refused, and in which words?

import { expect, test } from 'vitest';
import type { ValidatingAdmissionPolicy } from './generated/v1.ts';
import { validatePolicyStatus } from './policy-status.ts';

const at = 'status.typeChecking.expressionWarnings[0]';
const causesOf = (status: ValidatingAdmissionPolicy['status']): string[] =>
  validatePolicyStatus({ status } as ValidatingAdmissionPolicy).map(({ field, message }) => `${field}: ${message}`);

test.each([
  { fieldRef: 'spec.validations[0].expression', want: undefined },
  { fieldRef: ' spec ', want: undefined },
  { fieldRef: '', want: 'Required value' },
  { fieldRef: 'a[', want: 'unterminated array' },
  { fieldRef: 'a]', want: "unrecognized character in action: U+005D ']'" },
  { fieldRef: 'a}{b}{/', want: "unrecognized character in action: U+002F '/'" },
  { fieldRef: '}', want: undefined },
  { fieldRef: '..a..b', want: undefined },
  { fieldRef: 'a....b', want: 'invalid multiple recursive descent' },
  { fieldRef: "[?(@.a=='x)y')].b", want: undefined },
  { fieldRef: '[?(@.x==1)', want: 'unclosed array expect ]' },
  { fieldRef: '[?(@.x', want: 'unterminated filter' },
  { fieldRef: '[?(@/x==1)]', want: "unrecognized character in action: U+002F '/'" },
  { fieldRef: "['a/b']", want: undefined },
  { fieldRef: '["a"]', want: 'invalid array index "a"' },
  { fieldRef: '[1:2:3]', want: undefined },
  { fieldRef: '[1,x]', want: 'invalid array index x' },
  { fieldRef: '[99999999999999999999]', want: 'array index 99999999999999999999 is not a number' },
  { fieldRef: '-bad', want: 'cannot parse number -' },
  { fieldRef: '1.2.3', want: 'cannot parse number 1.2.3' },
  { fieldRef: '"b', want: 'unterminated quoted string' },
  { fieldRef: '"\\q"', want: 'unquote string "\\q" error invalid syntax' },
  { fieldRef: '"\\"\\x41"', want: undefined },
  { fieldRef: 'a\\.b', want: undefined },
  { fieldRef: 'a\nb', want: 'unclosed action' },
])('fieldRef $fieldRef -> $want', ({ fieldRef, want }) => {
  const causes = causesOf({ typeChecking: { expressionWarnings: [{ fieldRef, warning: 'w' }] } });
  const told = `${at}.fieldRef: Invalid value: ${JSON.stringify(fieldRef)}: invalid JSONPath: ${want}`;
  expect(causes).toEqual(want === undefined ? [] : [fieldRef === '' ? `${at}.fieldRef: ${want}` : told]);
});

test('a warning that says nothing, and a condition that says too little -> both are refused', () => {
  const conditions = [{ type: 'Ready', status: 'Maybe', lastTransitionTime: '2021-02-03T04:05:06Z' }];
  const typeChecking = { expressionWarnings: [{ fieldRef: 'spec', warning: '' }] };
  expect(causesOf({ typeChecking, conditions } as unknown as ValidatingAdmissionPolicy['status'])).toEqual([
    `${at}.warning: Required value`,
    'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    'status.conditions[0].reason: Required value',
  ]);
});
