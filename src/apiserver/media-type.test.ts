import { expect, test } from 'vitest';
import { type Encoding, encodingOf, negotiateForm, type ObjectForm } from './media-type.ts';

const meta = (type: string, as: string, version = 'v1'): string =>
  `application/${type};as=${as};v=${version};g=meta.k8s.io`;
const protobuf = 'application/vnd.kubernetes.protobuf';
const anyOffer = { hasProtobuf: true, isStream: false, hasTable: true };

test.each<{ name: string; accept: string | undefined; form: ObjectForm; encoding: Encoding }>([
  { name: 'nothing said', accept: undefined, form: { as: 'Object' }, encoding: 'json' },
  { name: 'anything', accept: '*/*', form: { as: 'Object' }, encoding: 'json' },
  {
    name: 'kubectl get',
    accept: `${meta('json', 'Table')},${meta('json', 'Table', 'v1beta1')},application/json`,
    form: { as: 'Table', version: 'v1' },
    encoding: 'json',
  },
  {
    name: 'unknown version before a known one',
    accept: `${meta('json', 'Table', 'v9')},${meta('json', 'Table', 'v1beta1')}`,
    form: { as: 'Table', version: 'v1beta1' },
    encoding: 'json',
  },
  {
    name: 'Go client: protobuf, then JSON',
    accept: `${protobuf},application/json`,
    form: { as: 'Object' },
    encoding: 'json',
  },
  { name: 'kubectl top: protobuf, then anything', accept: `${protobuf},*/*`, form: { as: 'Object' }, encoding: 'json' },
  { name: 'only protobuf', accept: protobuf, form: { as: 'Object' }, encoding: 'protobuf' },
  {
    name: 'metadata client',
    accept: `${meta('vnd.kubernetes.protobuf', 'PartialObjectMetadata')},${meta('json', 'PartialObjectMetadata')},application/json`,
    form: { as: 'PartialObjectMetadata', version: 'v1' },
    encoding: 'json',
  },
  {
    name: 'metadata in protobuf, or whole objects in JSON -> the form decides',
    accept: `${meta('vnd.kubernetes.protobuf', 'PartialObjectMetadata')},application/json`,
    form: { as: 'PartialObjectMetadata', version: 'v1' },
    encoding: 'protobuf',
  },
  {
    name: 'Table in protobuf -> not to be had, the next clause',
    accept: `${meta('vnd.kubernetes.protobuf', 'Table')},application/yaml`,
    form: { as: 'Object' },
    encoding: 'yaml',
  },
  { name: 'YAML', accept: 'application/yaml', form: { as: 'Object' }, encoding: 'yaml' },
  {
    name: 'weights',
    accept: 'application/yaml;q=0.5, application/json;q=0.9',
    form: { as: 'Object' },
    encoding: 'json',
  },
])('$name', ({ accept, form, encoding }) => {
  expect(negotiateForm(accept, anyOffer)).toEqual(form);
  expect(encodingOf(accept)).toBe(encoding);
});

test.each([
  {
    name: 'text',
    accept: 'text/plain',
    offer: anyOffer,
    want: '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    name: 'text, where there are watches too',
    accept: 'text/plain',
    offer: { ...anyOffer, isList: true },
    want: 'application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  },
  {
    name: 'custom resource in protobuf',
    accept: protobuf,
    offer: { hasProtobuf: false, isStream: false, hasTable: true },
    want: 'only the following media types are accepted: application/json, application/yaml',
  },
  {
    name: 'table of a review',
    accept: meta('json', 'Table'),
    offer: { ...anyOffer, hasTable: false },
    want: 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    name: 'watch in YAML',
    accept: 'application/yaml',
    offer: { hasProtobuf: true, isStream: true, hasTable: true },
    want: 'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  },
])('$name -> NotAcceptable, with what there is', ({ accept, offer, want }) => {
  expect(() => negotiateForm(accept, offer)).toThrow(want);
  expect(encodingOf('text/plain')).toBe('json');
});

test('half a type -> accepted where no route of a built-in kind looks at it', () => {
  expect(negotiateForm('application/*', { ...anyOffer, hasProtobuf: false })).toEqual({ as: 'Object' });
  expect(() => negotiateForm('application/*', anyOffer)).toThrow('406: Not Acceptable');
});
