import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { decodeProtobuf } from './decode.ts';
import { type FieldShape, isProtobuf, messageTable } from './messages.ts';

const table = messageTable();

/** Writes a value as a client would, by the same table that the decoder reads. */
class Encoder {
  readonly writer = new BinaryWriter();

  message(message: string, value: Record<string, unknown>): this {
    for (const [number, field] of Object.entries(table[message] ?? {})) {
      const inner = field.isInline ? value : value[field.name];
      if (inner === undefined) continue;
      if (field.kind === 'map') this.#map(Number(number), field, inner as Record<string, unknown>);
      else for (const each of field.isList ? (inner as unknown[]) : [inner]) this.#field(Number(number), field, each);
    }
    return this;
  }

  #map(number: number, { value: shape }: FieldShape, entries: Record<string, unknown>): void {
    for (const [key, value] of Object.entries(entries)) {
      const entry = new Encoder();
      entry.writer.tag(1, WireType.LengthDelimited).string(key);
      if (shape) entry.#field(2, shape, value);
      this.writer.tag(number, WireType.LengthDelimited).bytes(entry.writer.finish());
    }
  }

  #field(number: number, { kind, message = '' }: FieldShape, value: unknown): void {
    if (kind === 'integer') this.writer.tag(number, WireType.Varint).int64(value as number);
    else if (kind === 'boolean') this.writer.tag(number, WireType.Varint).bool(value as boolean);
    else if (kind === 'string') this.writer.tag(number, WireType.LengthDelimited).string(value as string);
    else if (kind === 'bytes')
      this.writer.tag(number, WireType.LengthDelimited).bytes(Buffer.from(value as string, 'base64'));
    else this.writer.tag(number, WireType.LengthDelimited).bytes(this.#inner(message, value));
  }

  #inner(message: string, value: unknown): Uint8Array {
    const writer = new BinaryWriter();
    const text = (number: number, each: string) => writer.tag(number, WireType.LengthDelimited).string(each);
    switch (message) {
      case 'apis.meta.v1.Time':
      case 'apis.meta.v1.MicroTime': {
        const [, seconds = '', micros = '0'] = /^(.*?)(?:\.(\d{6}))?Z$/.exec(value as string) ?? [];
        writer.tag(1, WireType.Varint).int64(epochMsOf(`${seconds}Z`) / 1000);
        return writer
          .tag(2, WireType.Varint)
          .int32(Number(micros) * 1000)
          .finish();
      }
      case 'api.resource.Quantity':
        return text(1, value as string).finish();
      case 'util.intstr.IntOrString':
        if (typeof value === 'string') return text(3, value).tag(1, WireType.Varint).int64(1).finish();
        return writer
          .tag(1, WireType.Varint)
          .int64(0)
          .tag(2, WireType.Varint)
          .int32(value as number)
          .finish();
      case 'runtime.RawExtension':
      case 'apis.meta.v1.FieldsV1':
        return text(1, JSON.stringify(value)).finish();
      default:
        return new Encoder().message(message, value as Record<string, unknown>).writer.finish();
    }
  }
}

interface Body {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
  contentType?: string;
}

function bodyOf({ apiVersion, kind, raw, contentType }: Body): Uint8Array {
  const typeMeta = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(apiVersion)
    .tag(2, WireType.LengthDelimited)
    .string(kind);
  const unknown = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(typeMeta.finish())
    .tag(2, WireType.LengthDelimited)
    .bytes(raw);
  if (contentType) unknown.tag(4, WireType.LengthDelimited).string(contentType);
  return Buffer.concat([Buffer.from('k8s\0'), unknown.finish()]);
}

function encoded(message: string, object: { apiVersion: string; kind: string } & Record<string, unknown>): Uint8Array {
  return bodyOf({ ...object, raw: new Encoder().message(message, object).writer.finish() });
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'demo',
    creationTimestamp: '2026-03-01T12:00:00Z',
    labels: { a: '', b: 'ä' },
    deletionGracePeriodSeconds: 0,
    ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: '1', controller: false }],
    managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }],
  },
  spec: {
    containers: [
      {
        name: 'a',
        image: 'i',
        env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } }],
        ports: [{ containerPort: 0 }],
        livenessProbe: { httpGet: { port: 'web' }, initialDelaySeconds: 5 },
        readinessProbe: { tcpSocket: { port: 0 } },
        resources: { limits: { cpu: '100m' } },
        securityContext: { runAsUser: 0, privileged: false },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
    ],
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'w', persistentVolumeClaim: { claimName: 'c' } },
      { name: 's', secret: { secretName: 's', defaultMode: 0 } },
    ],
    terminationGracePeriodSeconds: 0,
    tolerations: [{ key: 'k', tolerationSeconds: 0 }],
    enableServiceLinks: false,
  },
};

test.each<{ name: string; message: string; object: { apiVersion: string; kind: string } & Record<string, unknown> }>([
  { name: 'pod with zeros that were set, inlined sources, raw JSON', message: 'core.v1.Pod', object: pod },
  {
    name: 'claim with the empty class',
    message: 'core.v1.PersistentVolumeClaim',
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { storageClassName: '', resources: { requests: { storage: '1Gi' } } },
    },
  },
  {
    name: 'volume with an inlined source',
    message: 'core.v1.PersistentVolume',
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      spec: { csi: { driver: 'd', volumeHandle: 'h', volumeAttributes: { a: 'b' } }, capacity: { storage: '1Gi' } },
    },
  },
  {
    name: 'secret',
    message: 'core.v1.Secret',
    object: { apiVersion: 'v1', kind: 'Secret', data: { a: 'AAEC', empty: '' }, immutable: false },
  },
  {
    name: 'set scaled to zero',
    message: 'apps.v1.StatefulSet',
    object: {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: {} },
        serviceName: 's',
        updateStrategy: { rollingUpdate: { partition: 0 } },
      },
    },
  },
  {
    name: 'revision with raw data',
    message: 'apps.v1.ControllerRevision',
    object: { apiVersion: 'apps/v1', kind: 'ControllerRevision', data: { spec: [1, null] }, revision: 3 },
  },
  {
    name: 'lease with microseconds',
    message: 'coordination.v1.Lease',
    object: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      spec: { renewTime: '2026-03-01T12:00:00.123456Z', leaseTransitions: 0 },
    },
  },
  {
    name: 'class that must not grow',
    message: 'storage.v1.StorageClass',
    object: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      provisioner: 'd',
      allowVolumeExpansion: false,
      parameters: { a: 'b' },
    },
  },
  {
    name: 'scale to zero',
    message: 'autoscaling.v1.Scale',
    object: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 0 } },
  },
  {
    name: 'options of another group',
    message: 'apis.meta.v1.DeleteOptions',
    object: {
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: 'u' },
      propagationPolicy: 'Background',
    },
  },
  {
    name: 'review with extra values',
    message: 'authorization.v1.SubjectAccessReview',
    object: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'u', resourceAttributes: { verb: 'get' } },
    },
  },
])('decodeProtobuf gives back what was encoded: $name', ({ message, object }) => {
  expect(decodeProtobuf(encoded(message, object))).toEqual(object);
});

test('zeros of plain fields mean absent; messages without fields are kept', () => {
  const raw = new Encoder().message('core.v1.Pod', {
    metadata: { name: '', generation: 0, uid: '' },
    spec: { hostNetwork: false, nodeName: '', containers: [{ name: 'a', image: '', stdin: false, resources: {} }] },
  });
  expect(decodeProtobuf(bodyOf({ apiVersion: 'v1', kind: 'Pod', raw: raw.writer.finish() }))).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec: { containers: [{ name: 'a', resources: {} }] },
  });
});

test('a body whose raw part is JSON is read as JSON', () => {
  const raw = Buffer.from('{"metadata":{"name":"x"}}');
  expect(
    decodeProtobuf(bodyOf({ apiVersion: 'velero.io/v1', kind: 'Backup', raw, contentType: 'application/json' })),
  ).toEqual({
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'x' },
  });
});

const valid = encoded('core.v1.Pod', pod);

test.each<{ name: string; body: Uint8Array; why: string }>([
  { name: 'empty', body: new Uint8Array(), why: 'expected prefix [107 56 115 0]' },
  { name: 'JSON', body: Buffer.from('{}'), why: 'expected prefix [107 56 115 0]' },
  {
    name: 'message of another protocol',
    body: toBinary(AnySchema, create(AnySchema, { typeUrl: 'x' })),
    why: 'expected prefix',
  },
  {
    name: 'unknown kind',
    body: bodyOf({ apiVersion: 'v1', kind: 'Nope', raw: new Uint8Array() }),
    why: 'no kind "Nope" is registered for version "v1"',
  },
  {
    name: 'kind of another version',
    body: bodyOf({ apiVersion: 'v2', kind: 'Pod', raw: new Uint8Array() }),
    why: 'no kind "Pod" is registered for version "v2"',
  },
  { name: 'truncated', body: valid.subarray(0, valid.length - 3), why: 'unexpected EOF' },
  {
    name: 'string that is no UTF-8',
    body: bodyOf({ apiVersion: 'v1', kind: 'Pod', raw: Buffer.from([0x0a, 3, 0x0a, 1, 0xff]) }),
    why: 'not valid UTF-8',
  },
  {
    name: 'integer where a message stands',
    body: bodyOf({ apiVersion: 'v1', kind: 'Pod', raw: Buffer.from([0x08, 1]) }),
    why: 'wrong wireType',
  },
  {
    name: 'endless integer',
    body: bodyOf({ apiVersion: 'v1', kind: 'Pod', raw: Buffer.alloc(12, 0xff) }),
    why: 'integer overflow',
  },
])('decodeProtobuf: $name -> BadRequest', ({ body, why }) => {
  expect(() => decodeProtobuf(body)).toThrow(
    expect.objectContaining({ reason: 'BadRequest', message: expect.stringContaining(why) }),
  );
});

test('any bytes are decoded or refused with BadRequest, never with another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(valid.length - 1), (noise, at) => {
      for (const raw of [noise, Buffer.concat([valid.subarray(0, at), noise, valid.subarray(at)])]) {
        try {
          decodeProtobuf(bodyOf({ apiVersion: 'v1', kind: 'Pod', raw }));
        } catch (error) {
          expect(error).toMatchObject({ reason: 'BadRequest' });
        }
      }
    }),
  );
});

test.each([
  { type: 'application/vnd.kubernetes.protobuf', want: true },
  { type: 'Application/vnd.kubernetes.protobuf; stream=watch', want: true },
  { type: 'application/json', want: false },
])('isProtobuf($type) -> $want', ({ type, want }) => {
  expect(isProtobuf(type)).toBe(want);
});
