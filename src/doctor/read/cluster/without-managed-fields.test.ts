import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutManagedFields } from './without-managed-fields.ts';

const strip = (text: string): string => withoutManagedFields(Buffer.from(text)).toString();
const managed = [{ manager: 'kubelet ]}"\\', fieldsV1: { 'f:status': { '.': {}, 'k:{"type":"Ready"}': [1] } } }];

test.each<{ name: string; text: string; want: string }>([
  { name: 'last in its map', text: '{"a":1,"managedFields":[{"b":[2]}]}', want: '{"a":1}' },
  { name: 'first in its map', text: '{"managedFields":[],"a":1}', want: '{"a":1}' },
  { name: 'in the middle', text: '{"a":1,"managedFields":[3],"b":2}', want: '{"a":1,"b":2}' },
  { name: 'alone', text: '{"managedFields":[]}', want: '{}' },
  {
    name: 'text of a string -> stays',
    text: JSON.stringify({ a: ',"managedFields":[' }),
    want: JSON.stringify({ a: ',"managedFields":[' }),
  },
  { name: 'of another type -> stays', text: '{"managedFields":{"a":[]}}', want: '{"managedFields":{"a":[]}}' },
  { name: 'cut off -> stays', text: '{"a":1,"managedFields":[{"b"', want: '{"a":1,"managedFields":[{"b"' },
  { name: 'with white space -> stays', text: '{"a":1, "managedFields":[]}', want: '{"a":1, "managedFields":[]}' },
])('withoutManagedFields: $name', ({ text, want }) => {
  expect(strip(text)).toBe(want);
});

test('withoutManagedFields takes away the field, and nothing else of any object', () => {
  const key = fc.oneof(fc.string(), fc.constant('managedFields'));
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, fc.string(), fc.integer(), fc.constant(managed), tie('list'), tie('map')),
    list: fc.array(tie('any'), { maxLength: 3 }),
    map: fc.dictionary(key, tie('any'), { maxKeys: 4 }),
  })).any;
  fc.assert(
    fc.property(value, (object) => {
      const text = JSON.stringify(object);
      const wanted: unknown = JSON.parse(text, (name, each: unknown) =>
        name === 'managedFields' && Array.isArray(each) ? undefined : each,
      );
      expect(JSON.parse(strip(text))).toEqual(wanted);
    }),
  );
});
