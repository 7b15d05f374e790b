import { expect, test } from 'vitest';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  labelValue,
  pathSegment,
  validateLabelSelector,
} from './validation.ts';

const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const keyMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

test.each([
  { name: 'label', rule: dns1123Label, value: 'my-name', want: [] },
  { name: 'label in capitals', rule: dns1123Label, value: 'My', want: [labelMessage] },
  { name: 'label of 64', rule: dns1123Label, value: 'a'.repeat(64), want: ['must be no more than 63 characters'] },
  { name: 'label with a line break', rule: dns1123Label, value: 'a\n', want: [labelMessage] },
  { name: 'subdomain', rule: dns1123Subdomain, value: 'a.b-c.d', want: [] },
  { name: 'subdomain with an underscore', rule: dns1123Subdomain, value: 'a_b', want: [subdomainMessage] },
  {
    name: 'service name that starts with a digit',
    rule: dns1035Label,
    value: '1a',
    want: [expect.stringContaining('a DNS-1035 label')],
  },
  { name: 'key', rule: labelKey, value: 'example.com/Some_Name', want: [] },
  { name: 'key with an empty prefix', rule: labelKey, value: '/a', want: ['prefix part must be non-empty'] },
  { name: 'key with a bad prefix', rule: labelKey, value: 'A/a', want: [`prefix part ${subdomainMessage}`] },
  { name: 'empty key', rule: labelKey, value: '', want: ['name part must be non-empty', `name part ${keyMessage}`] },
  {
    name: 'key with two slashes',
    rule: labelKey,
    value: 'a/b/c',
    want: [`a valid label key ${keyMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
  },
  { name: 'empty value', rule: labelValue, value: '', want: [] },
  { name: 'value with a space', rule: labelValue, value: 'a b', want: [valueMessage] },
  { name: 'path segment', rule: pathSegment, value: 'a/b%', want: ["may not contain '/'", "may not contain '%'"] },
  { name: 'parent folder', rule: pathSegment, value: '..', want: ["may not be '..'"] },
])('names: $name', ({ rule, value, want }) => {
  expect(rule(value)).toEqual(want);
});

test.each([
  {
    name: 'In without values',
    selector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
    want: ["s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
  },
  {
    name: 'Exists with values',
    selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
    want: [
      "s.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  },
  {
    name: 'unknown operator',
    selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] },
    want: ['s.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
  },
])('validateLabelSelector: $name', ({ selector, want }) => {
  expect(validateLabelSelector(selector, 's').map((cause) => `${cause.field}: ${cause.message}`)).toEqual(want);
});
