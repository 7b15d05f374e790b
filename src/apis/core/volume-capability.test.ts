import { expect, test } from 'vitest';
import { capabilitiesFor, capabilityFor } from './volume-capability.ts';

const base = { volumeMode: 'Filesystem', fsType: 'xfs', mountOptions: ['noatime'], hasSingleNodeMultiWriter: false };

test.each([
  { mode: 'ReadWriteOnce', plain: 'SINGLE_NODE_WRITER', withMultiWriter: 'SINGLE_NODE_MULTI_WRITER' },
  { mode: 'ReadWriteOncePod', plain: 'SINGLE_NODE_WRITER', withMultiWriter: 'SINGLE_NODE_SINGLE_WRITER' },
  { mode: 'ReadOnlyMany', plain: 'MULTI_NODE_READER_ONLY', withMultiWriter: 'MULTI_NODE_READER_ONLY' },
  { mode: 'ReadWriteMany', plain: 'MULTI_NODE_MULTI_WRITER', withMultiWriter: 'MULTI_NODE_MULTI_WRITER' },
])('$mode -> $plain, or $withMultiWriter where the driver tells them apart', ({ mode, plain, withMultiWriter }) => {
  const options = { ...base, accessModes: [mode] };
  expect(capabilityFor(options).accessMode.mode).toBe(plain);
  expect(capabilityFor({ ...options, hasSingleNodeMultiWriter: true }).accessMode.mode).toBe(withMultiWriter);
});

test('one capability for each mode; the widest for an attach', () => {
  const options = { ...base, accessModes: ['ReadWriteOnce', 'ReadWriteMany'] };
  expect(capabilitiesFor(options).map(({ accessMode }) => accessMode.mode)).toEqual([
    'SINGLE_NODE_WRITER',
    'MULTI_NODE_MULTI_WRITER',
  ]);
  expect(capabilityFor(options)).toEqual({
    mount: { fsType: 'xfs', mountFlags: ['noatime'] },
    accessMode: { mode: 'MULTI_NODE_MULTI_WRITER' },
  });
});

test('a block volume has no file system', () => {
  expect(capabilityFor({ ...base, accessModes: ['ReadWriteOnce'], volumeMode: 'Block' })).toEqual({
    block: {},
    accessMode: { mode: 'SINGLE_NODE_WRITER' },
  });
});
