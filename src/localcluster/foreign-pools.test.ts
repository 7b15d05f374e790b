import { expect, test } from 'vitest';
import { mountPoints } from './foreign-pools.ts';

test('mountPoints: lines of mountinfo -> paths, newest first, blanks unescaped', () => {
  const text = [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '90 22 7:0 / /var/lib/my\\040data/pool rw,noatime - xfs /dev/loop0 rw',
    '',
  ].join('\n');
  expect(mountPoints(text)).toEqual(['/var/lib/my data/pool', '/']);
});
