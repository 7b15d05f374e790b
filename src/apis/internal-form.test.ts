import { expect, test } from 'vitest';
import { internalDiff, internalForm } from './internal-form.ts';

test.each([
  {
    name: 'fields that are absent -> zeros, nulls for pointers, lists and maps',
    type: 'CSIPersistentVolumeSource',
    value: { driver: 'd', fsType: 'xfs', nodeStageSecretRef: { name: 's' }, volumeAttributes: { b: '1', a: '2' } },
    want: '{"Driver":"d","VolumeHandle":"","ReadOnly":false,"FSType":"xfs","VolumeAttributes":{"a":"2","b":"1"},"ControllerPublishSecretRef":null,"NodeStageSecretRef":{"Name":"s","Namespace":""},"NodePublishSecretRef":null,"ControllerExpandSecretRef":null,"NodeExpandSecretRef":null}',
  },
  {
    name: 'names of the API that do not follow from Go’s',
    type: 'RBDPersistentVolumeSource',
    value: { monitors: ['m'], image: 'i', user: 'u' },
    want: '{"CephMonitors":["m"],"RBDImage":"i","FSType":"","RBDPool":"","RadosUser":"u","Keyring":"","SecretRef":null,"ReadOnly":false}',
  },
  {
    name: 'a type of Go’s libraries -> the names of the API, without what is empty',
    type: 'LabelSelector',
    value: { matchExpressions: [{ operator: 'Exists', key: 'k' }], matchLabels: {} },
    want: '{"matchExpressions":[{"key":"k","operator":"Exists"}]}',
  },
  {
    name: 'lists of structs',
    type: 'NodeSelector',
    value: { nodeSelectorTerms: [{ matchFields: [{ key: 'k', operator: 'In', values: ['v'] }] }] },
    want: '{"NodeSelectorTerms":[{"MatchExpressions":null,"MatchFields":[{"Key":"k","Operator":"In","Values":["v"]}]}]}',
  },
  {
    name: 'a map of structs, any JSON in order of its keys, and lists that tell whether they are empty',
    type: 'CustomResourceValidation',
    value: { openAPIV3Schema: { allOf: [], properties: { b: { type: 'string' }, a: { default: { z: 1, y: 2 } } } } },
    want: expect.stringMatching(
      /^\{"OpenAPIV3Schema":\{"ID":"".*"Enum":null.*"AllOf":\[\],"OneOf":null,.*"Properties":\{"a":.*"Default":\{"y":2,"z":1\}.*"b":.*"Type":"string"/,
    ),
  },
])('internalForm: $name', ({ type, value, want }) => {
  expect(JSON.stringify(internalForm(type, value))).toEqual(want);
});

test('internalDiff: the lines that change, behind a message', () => {
  const before = { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' };
  expect(internalDiff('PersistentVolumeClaimSpec', before, { ...before, volumeName: 'v' })).toBe(
    '\n@@ -7,7 +7,7 @@\n   "Limits": null,\n   "Requests": null\n  },\n- "VolumeName": "",\n+ "VolumeName": "v",\n  "StorageClassName": null,\n  "VolumeMode": "Filesystem",\n  "DataSource": null,\n',
  );
  expect(internalDiff('PersistentVolumeClaimSpec', before, before)).toBe('');
});
