// Does an object come back from protobuf as it went in? Over every message that clients can send.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rfc3339 } from '../../base/clock.ts';
import { formatGoDuration } from '../go-duration.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf, encodeWatchEvent } from './encode.ts';
import { type FieldShape, isListMessage, messageTable } from './messages.ts';

const table = messageTable();
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }).map((each) => rfc3339(each * 1000));
const json = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.integer(), fc.string(), fc.boolean()));

const special: Record<string, fc.Arbitrary<unknown>> = {
  'apis.meta.v1.Time': seconds,
  'apis.meta.v1.MicroTime': seconds.map((each) => each.replace('Z', '.000001Z')),
  'apis.meta.v1.Duration': fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(formatGoDuration),
  'apis.meta.v1.FieldsV1': json,
  'api.resource.Quantity': fc.constantFrom('0', '1Gi', '100m', '-5', '1e3'),
  'util.intstr.IntOrString': fc.oneof(fc.integer(), text),
  'runtime.RawExtension': json,
  'apiextensions.v1.JSON': fc.oneof(json, fc.integer(), fc.boolean()),
};

/** Any value of a message, with zeros only where a zero is a value. Deep messages end at `depth` 0. */
function anyMessage(message: string, depth: number): fc.Arbitrary<unknown> {
  const arbitrary = special[message];
  if (arbitrary) return arbitrary;
  if (message === 'apiextensions.v1.JSONSchemaPropsOrBool') return fc.boolean();
  if (message.startsWith('apiextensions.v1.JSONSchemaPropsOr')) {
    const list = message.endsWith('StringArray') ? text : anyMessage('apiextensions.v1.JSONSchemaProps', depth - 1);
    return fc.array(list, { minLength: 1, maxLength: 2 });
  }
  if (isListMessage(message)) return fc.array(text, { maxLength: 2 });
  if (depth < 0) return fc.constant({});
  const fields = Object.values(table[message] ?? {});
  return fc
    .subarray(fields, { maxLength: Math.min(4, fields.length) })
    .chain((chosen) => fc.tuple(...chosen.map((field) => anyField(field, depth))))
    .map((parts) => Object.assign({}, ...parts) as object);
}

function anyField(field: FieldShape, depth: number): fc.Arbitrary<object> {
  if (field.isInline) return anyMessage(field.message ?? '', depth) as fc.Arbitrary<object>;
  const named = (value: unknown): object => ({ [field.name]: value });
  const one = anyValue(field, depth);
  if (field.kind === 'map') {
    const keys = fc.oneof(text, fc.constant('__proto__'));
    return fc
      .dictionary(keys, anyValue({ ...field, ...field.value, keepsZero: true }, depth), { minKeys: 1, maxKeys: 2 })
      .map(named);
  }
  return (field.isList ? fc.array(one, { minLength: 1, maxLength: 2 }) : one).map(named);
}

function anyValue(field: FieldShape, depth: number): fc.Arbitrary<unknown> {
  const mayBeZero = field.keepsZero === true || field.isList === true;
  switch (field.kind) {
    case 'string':
      return mayBeZero ? fc.oneof(fc.constant(''), text) : text;
    case 'boolean':
      return mayBeZero ? fc.boolean() : fc.constant(true);
    case 'integer':
      return fc.maxSafeInteger().filter((value) => mayBeZero || value !== 0);
    case 'double':
      return fc
        .double({ noNaN: true })
        .filter((value) => mayBeZero || value !== 0)
        .map((value) => value + 0);
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    default:
      return anyMessage(field.message ?? '', depth - 1);
  }
}

const kinds = Object.keys(table)
  .filter(
    (name) =>
      !name.startsWith('apis.meta.v1.') && Object.values(table[name] ?? {}).some((each) => each.name === 'metadata'),
  )
  .map((name) => {
    const [group = '', version = '', kind = ''] = name.split('.');
    return { message: name, apiVersion: group === 'core' ? version : `${group}/${version}`, kind };
  });

test('every kind: JSON -> protobuf -> JSON is the same, zeros that were set included', () => {
  expect(kinds.length).toBeGreaterThan(120);
  for (const { message, apiVersion, kind } of kinds) {
    fc.assert(
      fc.property(anyMessage(message, 4), (value) => {
        const object = { apiVersion, kind, ...(value as object) };
        const unknown: string[] = [];
        const bytes = encodeProtobuf(object) as Uint8Array;
        expect(decodeProtobuf(bytes, (path) => unknown.push(path))).toEqual(object);
        expect(unknown).toEqual([]);
      }),
      { numRuns: 10 },
    );
  }
});

test('a field whose number nobody knows -> its place is told, the rest is read', () => {
  const body = encodeProtobuf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c' }] },
  }) as Uint8Array;
  // Field 900 of the Unknown's raw part, and of the first container, spliced in by hand.
  const unknownField = [0xa0, 0x38, 1];
  const container = [0x0a, 1, 0x63];
  const spec = [0x12, container.length + unknownField.length, ...container, ...unknownField];
  const raw = [0x12, spec.length, ...spec, ...unknownField];
  const meta = Buffer.from(body).subarray(4, 4 + 2 + (body[5] as number));
  const found: string[] = [];
  const object = decodeProtobuf(
    Buffer.concat([Buffer.from('k8s\0'), meta, Buffer.from([0x12, raw.length, ...raw])]),
    (path) => found.push(path),
  );
  expect(object).toEqual({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'c' }] } });
  expect(found).toEqual(['spec.containers[0].#900', '#900']);
});

test('a kind without message -> undefined', () => {
  expect(encodeProtobuf({ apiVersion: 'velero.io/v1', kind: 'Backup' })).toBeUndefined();
});

test('watch event -> its length, then type and object', () => {
  const frame = Buffer.from(encodeWatchEvent('ADDED', Buffer.from('k8s\0x')));
  expect(frame.readUInt32BE(0)).toBe(frame.byteLength - 4);
  expect(frame.subarray(4).toString('latin1')).toBe('\n\u0005ADDED\u0012\u0007\n\u0005k8s\0x');
});
