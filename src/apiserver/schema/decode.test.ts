import { expect, test } from 'vitest';
import { WrittenNumber } from '../../apimachinery/written-number.ts';
import { builtinSchemas } from '../../apis/builtin.ts';
import { decode, decodeMetadata } from './decode.ts';
import { Schemas } from './schemas.ts';

const schemas = new Schemas(builtinSchemas);
const core = 'io.k8s.api.core.v1';
const nameOf = (kind: string): string => (kind.includes('.') ? `io.k8s.api.${kind}` : `${core}.${kind}`);
const podOf = (spec: object): object => ({ spec });
const container = (fields: object): object => podOf({ containers: [{ name: 'a', ...fields }] });
const always = { name: 'a', resources: {} };

test.each<{ name: string; kind?: string; value: object; want: object; unknown?: string[] }>([
  {
    name: 'unknown field -> dropped and named',
    value: container({ foo: 1 }),
    want: { spec: { containers: [always] }, status: {} },
    unknown: ['spec.containers[0].foo'],
  },
  {
    name: 'null -> as if absent, or a zero in a list',
    value: { metadata: { creationTimestamp: null, finalizers: [null] }, spec: { nodeName: null, containers: [null] } },
    want: { metadata: { finalizers: [''] }, spec: { containers: [{ name: '', resources: {} }] }, status: {} },
  },
  {
    name: 'null as bytes -> no bytes, under the same key',
    kind: 'Secret',
    value: { data: { a: null, b: 'eA==' } },
    want: { data: { a: '', b: 'eA==' } },
  },
  {
    name: 'map of strings -> any key',
    value: { metadata: { labels: { 'a/b': '' } }, spec: { containers: [] } },
    want: { metadata: { labels: { 'a/b': '' } }, spec: { containers: [] }, status: {} },
  },
  {
    name: 'a list of resources -> rounded up to thousandths',
    value: podOf({ overhead: { memory: ' 1.0001Ki ', cpu: '1n' }, containers: [] }),
    want: { spec: { overhead: { memory: '1024103m', cpu: '1m' }, containers: [] }, status: {} },
  },
  {
    name: 'a quantity that stands alone -> exact, as it was written where that passes',
    value: podOf({ volumes: [{ name: 'v', emptyDir: { sizeLimit: '1.0001Ki' } }], containers: [] }),
    want: { spec: { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1024102400u' } }], containers: [] }, status: {} },
  },
  {
    name: 'quantities and times -> canonical',
    kind: 'PersistentVolume',
    value: {
      metadata: { deletionTimestamp: '2021-02-03T04:05:06.7+01:00' },
      spec: { capacity: { storage: '1024Mi', cpu: 1 } },
    },
    want: {
      metadata: { deletionTimestamp: '2021-02-03T03:05:06Z' },
      spec: { capacity: { storage: '1Gi', cpu: '1' } },
      status: {},
    },
  },
  {
    name: 'bare numbers -> the text of a quantity, the value of an integer',
    kind: 'PersistentVolume',
    value: {
      spec: { capacity: { storage: new WrittenNumber('1e5'), cpu: new WrittenNumber('1E3') } },
      metadata: { generation: new WrittenNumber('9007199254740993') },
    },
    want: {
      metadata: { generation: 2 ** 53 },
      spec: { capacity: { storage: '100e3', cpu: '1E3' } },
      status: {},
    },
  },
  {
    name: 'zeros -> kept where a pointer tells them from nothing',
    value: podOf({
      containers: [],
      priority: 0,
      hostNetwork: false,
      nodeName: '',
      nodeSelector: {},
      securityContext: {},
    }),
    want: { spec: { containers: [], priority: 0, securityContext: {} }, status: {} },
  },
  {
    name: 'what is always written -> filled in, structs with their own, but for nulls',
    kind: 'Node',
    value: { status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { bootID: 'b' } } },
    want: {
      spec: {},
      status: expect.objectContaining({
        conditions: [{ type: 'Ready', status: 'True' }],
        daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
        nodeInfo: expect.objectContaining({ bootID: 'b', osImage: '' }),
      }),
    },
  },
])('decode: $name', ({ kind = 'Pod', value, want, unknown = [] }) => {
  const decoded = decode(value, { schemas, schemaName: `${core}.${kind}` });
  expect(decoded.value).toEqual(want);
  expect(decoded.unknownFields).toEqual(unknown);
  expect(decoded.problem).toBeUndefined();
});

const into = (text: string): string => `json: cannot unmarshal ${text}`;

test.each<{ name: string; kind?: string; value: object; want: string }>([
  {
    name: 'text for a flag',
    value: podOf({ hostNetwork: 'yes' }),
    want: into('string into Go struct field PodSpec.spec.hostNetwork of type bool'),
  },
  {
    name: 'fraction for a whole number',
    value: podOf({ priority: 1.5 }),
    want: into('number 1.5 into Go struct field PodSpec.spec.priority of type int32'),
  },
  {
    name: 'number beyond 32 bits',
    value: podOf({ priority: 3e9 }),
    want: into('number 3000000000 into Go struct field PodSpec.spec.priority of type int32'),
  },
  {
    name: 'within a list -> without its index',
    value: container({ image: 5 }),
    want: into('number into Go struct field Container.spec.containers.image of type string'),
  },
  {
    name: 'list for an item of a list',
    value: podOf({ volumes: [[]] }),
    want: into('array into Go struct field PodSpec.spec.volumes of type v1.Volume'),
  },
  {
    name: 'a field of an embedded struct -> with the name of that struct',
    value: podOf({ volumes: [{ name: 'v', secret: { items: {} } }] }),
    want: into(
      'object into Go struct field SecretVolumeSource.spec.volumes.VolumeSource.secret.items of type []v1.KeyToPath',
    ),
  },
  {
    name: 'a type with a name of its own',
    value: podOf({ restartPolicy: true }),
    want: into('bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy'),
  },
  {
    name: 'object for a number or a name',
    value: container({ livenessProbe: { tcpSocket: { port: {} } } }),
    want: into(
      'object into Go struct field TCPSocketAction.spec.containers.livenessProbe.ProbeHandler.tcpSocket.port of type int32',
    ),
  },
  {
    name: 'a whole number written as a fraction',
    value: podOf({ priority: new WrittenNumber('1.0') }),
    want: into('number 1.0 into Go struct field PodSpec.spec.priority of type int32'),
  },
  {
    name: 'more than 64 bits',
    value: podOf({ terminationGracePeriodSeconds: 1e20 }),
    want: into(
      'number 100000000000000000000 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ),
  },
  {
    name: 'a number that none can hold, where anything may stand',
    kind: 'apps.v1.ControllerRevision',
    value: { data: { a: new WrittenNumber('1e400') }, revision: 1 },
    want: into('number 1e400 into Go value of type float64'),
  },
  {
    name: 'no quantity after a wrong type -> the quantity',
    value: container({ image: 5, resources: { limits: { cpu: 'x' } } }),
    want: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  },
  {
    name: 'no time',
    kind: 'Event',
    value: { firstTimestamp: 'yesterday' },
    want: 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  },
  {
    name: 'a time without its six digits',
    kind: 'Event',
    value: { eventTime: '2021-02-03T04:05:06Z' },
    want: 'parsing time "2021-02-03T04:05:06Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  },
  {
    name: 'a day that is none',
    kind: 'Event',
    value: { firstTimestamp: '2021-02-29T04:05:06Z' },
    want: 'parsing time "2021-02-29T04:05:06Z": day out of range',
  },
])('decode: $name -> refused', ({ kind = 'Pod', value, want }) => {
  expect(decode(value, { schemas, schemaName: nameOf(kind) }).problem).toBe(want);
});

const unmarshal = 'json: cannot unmarshal';

test.each([
  { name: 'null as a label', value: { labels: { a: null } }, want: { value: { labels: { a: '' } } } },
  {
    name: 'unknown field',
    value: { name: 'a', foo: 1 },
    want: { value: { name: 'a' }, unknownFields: ['metadata.foo'] },
  },
  {
    name: 'number as a label',
    value: { labels: { a: 1 } },
    want: { problem: `${unmarshal} number into Go struct field ObjectMeta.labels of type string` },
  },
  {
    name: 'number as the name of an owner',
    value: { ownerReferences: [{ name: 1 }] },
    want: { problem: `${unmarshal} number into Go struct field OwnerReference.ownerReferences.name of type string` },
  },
])('metadata of a custom resource: $name', ({ value, want }) => {
  expect(decodeMetadata(value, schemas)).toMatchObject(want);
});
