import { expect, test } from 'vitest';
import { noteEmpty, toldAs } from '../apimachinery/sent-empty.ts';
import { internalDiff, internalForm } from './internal-form.ts';

const sentEmpty = {};
noteEmpty(sentEmpty, 'add', []);
noteEmpty(sentEmpty, 'drop', []);

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
    name: 'a pod -> what it shares with its node stands in its security context',
    type: 'PodSpec',
    value: { hostNetwork: true, hostUsers: false, securityContext: { runAsUser: 1 }, containers: [] },
    want: expect.stringMatching(
      /"SecurityContext":\{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":false,.*"RunAsUser":1,/,
    ),
  },
  {
    name: 'a template -> its metadata stands beside its spec, without what is empty',
    type: 'PodTemplateSpec',
    value: { metadata: { labels: { b: '1', a: '2' }, name: '' }, spec: { containers: [{ name: 'c' }] } },
    want: expect.stringMatching(
      /^\{"labels":\{"a":"2","b":"1"\},"Spec":\{"Volumes":null,"InitContainers":null,"Containers":\[\{"Name":"c","Image":"","Command":null,/,
    ),
  },
  {
    name: 'a volume -> what it comes from stands beside its name',
    type: 'Volume',
    value: { name: 'v', secret: { secretName: 's' } },
    want: expect.stringMatching(
      /^\{"Name":"v","HostPath":null,.*"Secret":\{"SecretName":"s","Items":null,"DefaultMode":null,"Optional":null\},/,
    ),
  },
  {
    name: 'a list that was sent empty -> empty, and not null as one that is absent',
    type: 'Capabilities',
    value: toldAs(sentEmpty, {}, ['drop']),
    want: '{"Add":[],"Drop":null}',
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
  expect(internalDiff('PersistentVolumeClaimSpec', before, { ...before, volumeName: '<&>' })).toContain(
    '+ "VolumeName": "\\u003c\\u0026\\u003e",',
  );
});

test('internalDiff: more lines than anybody would read are not compared', () => {
  const containers = Array.from({ length: 200 }, (_, index) => ({ name: `c${index}` }));
  expect(internalDiff('PodSpec', { containers }, { containers, hostname: 'h' })).toBe('');
});
