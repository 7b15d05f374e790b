import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { createAuthority, issueCertificate } from './certificates.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

const options = { nowMs: systemClock.now(), validDays: 365, random: systemRandom };

test('a client certificate -> carries user and groups, and verifies against its authority only', async () => {
  const authority = await createAuthority('test-ca', options);
  const other = await createAuthority('other-ca', options);
  const { cert } = await issueCertificate(
    authority,
    { commonName: 'system:node:node-1', organizations: ['system:nodes'], usages: ['client'] },
    options,
  );
  const parsed = new X509Certificate(cert);
  expect(parsed.subject).toContain('CN=system:node:node-1');
  expect(parsed.subject).toContain('O=system:nodes');
  expect(parsed.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  expect(parsed.verify(new X509Certificate(other.cert).publicKey)).toBe(false);
});

test('server and client with certificates of one authority -> a mutual TLS connection stands', async () => {
  const authority = await createAuthority('test-ca', options);
  const server = await issueCertificate(
    authority,
    { commonName: 's', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    options,
  );
  const client = await issueCertificate(authority, { commonName: 'c', usages: ['client'] }, options);
  const listener = createServer({ ...server, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const { port } = listener.address() as AddressInfo;
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...client });
    const [data] = (await once(socket, 'data')) as Buffer[];
    expect(data?.toString()).toBe('c');
    socket.destroy();
  } finally {
    listener.close();
  }
});
