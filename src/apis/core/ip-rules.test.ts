import { expect, test } from 'vitest';
import { ipName } from './ip-rules.ts';

test.each([
  { name: '10.0.0.1', why: [] },
  { name: 'fe80::42:1dff:fe84:f9e2', why: [] },
  { name: '2001:DB8::1', why: ['must be in canonical form ("2001:db8::1")'] },
  { name: '2001:db8:0:0::1', why: ['must be in canonical form ("2001:db8::1")'] },
  { name: '010.0.0.1', why: ['must not have leading 0s'] },
  { name: '::ffff:10.0.0.1', why: ['must not be an IPv4-mapped IPv6 address'] },
  { name: 'web', why: ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] },
])('a name $name -> $why', ({ name, why }) => {
  expect(ipName(name)).toEqual(why);
});
