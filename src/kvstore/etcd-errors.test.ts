// Is what a failed connection says a reason to wait, or to tell a person?

import { expect, test } from 'vitest';
import { StoreForbiddenError } from './errors.ts';
import { unreachable } from './etcd-errors.ts';

const failed = (error: string): string => `No connection established. Last error: ${error}. Resolution note: `;
const alert = (number: number): string =>
  failed(
    `80BC0607677F0000:error:0A000412:SSL routines:ssl3_read_bytes:an alert:record.c:1601:SSL alert number ${number}\n`,
  );
const untrusted = 'Check the name in the endpoint, and the file with the authority of etcd';

test.each<{ name: string; whys: string[]; isForbidden: boolean; want: string }>([
  {
    name: 'nobody listens -> may pass',
    whys: [failed('Error: connect ECONNREFUSED 127.0.0.1:2379')],
    isForbidden: false,
    want: 'Cannot reach etcd: tried https://e0',
  },
  {
    name: 'a time out -> may pass',
    whys: ['no connection to e0 within 2000 ms'],
    isForbidden: false,
    want: 'Cannot reach etcd: tried https://e0 (no connection to e0 within 2000 ms)',
  },
  {
    name: 'an alert about an error of the server -> may pass',
    whys: [alert(80)],
    isForbidden: false,
    want: 'Cannot reach etcd',
  },
  {
    name: 'an alert about an expired certificate -> does not pass',
    whys: [alert(45)],
    isForbidden: true,
    want: 'Cannot use etcd at https://e0: it does not accept the client certificate (TLS alert 45: certificate expired). Check that it is valid now, and from the authority that etcd trusts',
  },
  {
    name: 'an unknown authority -> does not pass',
    whys: [failed('Error: self-signed certificate in certificate chain')],
    isForbidden: true,
    want: `Cannot use etcd at https://e0: its own certificate is not accepted (self-signed certificate in certificate chain). ${untrusted}`,
  },
  {
    name: 'a name of another -> does not pass',
    whys: [
      failed(
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: 10.0.0.1",
      ),
    ],
    isForbidden: true,
    want: `Cannot use etcd at https://e0: its own certificate is not accepted (Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: 10.0.0.1). ${untrusted}`,
  },
  {
    name: 'one refuses and one is away -> may pass',
    whys: [alert(42), 'no connection to e1 within 2000 ms'],
    isForbidden: false,
    want: 'Cannot reach etcd: tried https://e0',
  },
  {
    name: 'all refuse -> each is named',
    whys: [alert(42), alert(48)],
    isForbidden: true,
    want: 'Cannot use etcd at https://e1: it does not accept the client certificate (TLS alert 48: unknown authority)',
  },
])('unreachable: $name', ({ whys, isForbidden, want }) => {
  const error = unreachable(whys.map((why, index) => ({ endpoint: `https://e${index}`, why })));
  expect(error instanceof StoreForbiddenError).toBe(isForbidden);
  expect(error.message).toContain(want);
});
