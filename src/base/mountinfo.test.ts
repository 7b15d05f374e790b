// Is the kernel's list of mounts read right?

import { expect, test } from 'vitest';
import { mountsUnder, parseMountInfo } from './mountinfo.ts';

test.each([
  {
    name: 'a file system',
    line: '36 35 7:4 / /data/stage rw,noatime shared:1 - xfs /dev/loop4 rw,attr2',
    want: { device: '7:4', root: '/', mountPoint: '/data/stage', readOnly: false, fsType: 'xfs' },
  },
  {
    name: 'a read-only bind of a device file, without optional fields',
    line: '36 35 0:5 /loop4 /pods/dev ro - devtmpfs udev rw',
    want: { device: '0:5', root: '/loop4', mountPoint: '/pods/dev', readOnly: true, fsType: 'devtmpfs' },
  },
  {
    name: 'a path with a space',
    line: '36 35 7:4 / /my\\040data rw - xfs /dev/loop4 rw',
    want: { device: '7:4', root: '/', mountPoint: '/my data', readOnly: false, fsType: 'xfs' },
  },
])('parseMountInfo: $name', ({ line, want }) => {
  expect(parseMountInfo(`${line}\n`)).toMatchObject([want]);
});

test('parseMountInfo -> paths with blanks, devices, and the order to unmount in', () => {
  const mounts = parseMountInfo(
    '36 35 98:0 / /a\\040b rw - ext4 /dev/vda rw\n37 36 7:4 / /a\\040b/c rw shared:1 - xfs /dev/loop4 rw\n',
  );
  expect(mounts).toMatchObject([
    { mountPoint: '/a b', device: '98:0', fsType: 'ext4', source: '/dev/vda' },
    { mountPoint: '/a b/c', device: '7:4', fsType: 'xfs', source: '/dev/loop4' },
  ]);
  expect(mountsUnder(mounts, '/a b')).toEqual(['/a b/c', '/a b']);
  expect(mountsUnder(mounts, '/a')).toEqual([]);
});
