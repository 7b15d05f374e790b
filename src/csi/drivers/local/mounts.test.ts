// Is the kernel's list of mounts read right?

import { expect, test } from 'vitest';
import { parseMountInfo } from './mounts.ts';

test.each([
  {
    name: 'a file system',
    line: '36 35 7:4 / /data/stage rw,noatime shared:1 - xfs /dev/loop4 rw,attr2',
    want: { deviceNumber: '7:4', root: '/', mountPoint: '/data/stage', readOnly: false, fsType: 'xfs' },
  },
  {
    name: 'a read-only bind of a device file, without optional fields',
    line: '36 35 0:5 /loop4 /pods/dev ro - devtmpfs udev rw',
    want: { deviceNumber: '0:5', root: '/loop4', mountPoint: '/pods/dev', readOnly: true, fsType: 'devtmpfs' },
  },
  {
    name: 'a path with a space',
    line: '36 35 7:4 / /my\\040data rw - xfs /dev/loop4 rw',
    want: { deviceNumber: '7:4', root: '/', mountPoint: '/my data', readOnly: false, fsType: 'xfs' },
  },
])('parseMountInfo: $name', ({ line, want }) => {
  expect(parseMountInfo(`${line}\n`)).toEqual([want]);
});
