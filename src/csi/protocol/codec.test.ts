// Are the bytes those that every other protobuf implementation writes and reads?

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bool, int64, message, string, wrapped } from '../../base/protobuf.ts';
import type { CreateVolumeRequest, GetCapacityResponse } from '../types.ts';
import { createVolumeRequest, getCapacityResponse } from './messages.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the wire', () => {
  // Bytes worked out by hand from the protobuf encoding guide.
  test.each([
    { name: 'nothing set -> no bytes', value: {}, want: '' },
    { name: 'a string', value: { name: 'ab' }, want: '0a026162' },
    { name: 'a message in a message', value: { capacityRange: { requiredBytes: 300 } }, want: '120308ac02' },
    { name: 'an empty message is still there', value: { volumeCapabilities: [{ block: {} }] }, want: '1a020a00' },
    {
      name: 'an enum',
      value: { volumeCapabilities: [{ accessMode: { mode: 'SINGLE_NODE_WRITER' } }] },
      want: '1a041a020801',
    },
    { name: 'a map', value: { parameters: { a: 'b' } }, want: '22060a0161120162' },
  ])('$name', ({ value, want }) => {
    expect(hex(createVolumeRequest.encode(value))).toBe(want);
  });

  test('an unknown field of every kind -> skipped', () => {
    const writer = new BinaryWriter();
    writer.tag(101, WireType.Varint).int32(7);
    writer.tag(102, WireType.Bit64).fixed64(7);
    writer.tag(103, WireType.LengthDelimited).string('x');
    writer.tag(104, WireType.Bit32).fixed32(7);
    writer.tag(1, WireType.LengthDelimited).string('known');
    expect(createVolumeRequest.decode(writer.finish()).name).toBe('known');
  });

  test('an unknown enum value -> the zero name', () => {
    const decoded = createVolumeRequest.decode(Buffer.from('1a041a020863', 'hex'));
    expect(decoded.volumeCapabilities[0]?.accessMode?.mode).toBe('UNKNOWN');
  });

  test('an int64 over 2^53 -> refused, never rounded', () => {
    const bytes = new BinaryWriter().tag(1, WireType.Varint).int64('9007199254740993').finish();
    expect(() => message<{ n: number }>('N', { n: int64(1) }).decode(bytes)).toThrow(RangeError);
  });

  test('a wrapped zero is not an absent one', () => {
    const box = message<{ flag?: boolean; name: string }>('Box', { flag: wrapped(1, bool), name: string(2) });
    expect(box.decode(box.encode({ flag: false }))).toEqual({ flag: false, name: '' });
    expect(box.decode(box.encode({}))).toEqual({ name: '' });
  });
});

const safe = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
const texts = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });

test('CreateVolumeRequest: what is decoded is what was encoded', () => {
  const anyRequest: fc.Arbitrary<CreateVolumeRequest> = fc.record(
    {
      name: fc.string(),
      capacityRange: fc.record({ requiredBytes: safe, limitBytes: safe }),
      volumeCapabilities: fc.array(
        fc.record({
          mount: fc.record({ fsType: fc.string(), mountFlags: fc.array(fc.string()), volumeMountGroup: fc.string() }),
          accessMode: fc.record({ mode: fc.constantFrom('UNKNOWN', 'SINGLE_NODE_WRITER', 'SINGLE_NODE_MULTI_WRITER') }),
        }),
      ),
      parameters: texts,
      secrets: texts,
      volumeContentSource: fc.record({ snapshot: fc.record({ snapshotId: fc.string() }) }),
      accessibilityRequirements: fc.record({
        requisite: fc.array(fc.record({ segments: texts })),
        preferred: fc.array(fc.record({ segments: texts })),
      }),
      mutableParameters: texts,
    },
    { requiredKeys: ['name', 'volumeCapabilities', 'parameters', 'secrets', 'mutableParameters'] },
  );
  fc.assert(
    fc.property(anyRequest, (request) => {
      expect(createVolumeRequest.decode(createVolumeRequest.encode(request))).toEqual(request);
    }),
  );
});

test('GetCapacityResponse: what is decoded is what was encoded', () => {
  const anyResponse: fc.Arbitrary<GetCapacityResponse> = fc.record(
    { availableCapacity: safe, maximumVolumeSize: safe, minimumVolumeSize: safe },
    { requiredKeys: ['availableCapacity'] },
  );
  fc.assert(
    fc.property(anyResponse, (response) => {
      expect(getCapacityResponse.decode(getCapacityResponse.encode(response))).toEqual(response);
    }),
  );
});
