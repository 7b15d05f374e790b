import { expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { clientCertificate } from './client-user.ts';

const subject = { CN: 'jane', O: ['team-a', 'team-b'] };
const jane = {
  name: 'jane',
  groups: ['team-a', 'team-b', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=ab01'] },
};
const expiry = epochMsOf('2027-11-25T22:00:00Z');

test.each<{ name: string; authorized: boolean; subject: object; atMs: number; want: unknown }>([
  { name: 'a verified certificate -> its subject', authorized: true, subject, atMs: 0, want: jane },
  { name: 'its last second -> still', authorized: true, subject, atMs: expiry, want: jane },
  {
    name: 'expired while the connection was open -> nobody',
    authorized: true,
    subject,
    atMs: expiry + 1,
    want: undefined,
  },
  { name: 'not verified -> nobody', authorized: false, subject, atMs: 0, want: undefined },
  { name: 'no name -> nobody', authorized: true, subject: { O: 'team-a' }, atMs: 0, want: undefined },
])('clientCertificate: $name', ({ authorized, subject: named, atMs, want }) => {
  const certificate = { subject: named, valid_to: 'Nov 25 22:00:00 2027 GMT', fingerprint256: 'AB:01' };
  const socket = { authorized, getPeerCertificate: () => certificate } as unknown as Parameters<
    typeof clientCertificate
  >[0];
  expect(clientCertificate(socket).userAt(atMs)).toEqual(want);
});
