import { expect, test } from 'vitest';
import type { CertificateSigningRequest } from '../../apis/certificates/generated/v1.ts';
import { approvalsFor, reconcileCertificate } from './reconcile.ts';

const approved = { conditions: [{ type: 'Approved', status: 'True' }] };
const csr = (spec: object = {}, status: CertificateSigningRequest['status'] = approved): CertificateSigningRequest => ({
  metadata: { name: 'jane', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { signerName: 'kubernetes.io/kube-apiserver-client', request: '', usages: ['client auth'], ...spec },
  status,
});
const request = (more: object = {}) => ({
  commonName: 'jane',
  organizations: [] as string[],
  dnsNames: [] as string[],
  ipAddresses: [] as string[],
  otherNames: [] as string[],
  ...more,
});
const serving = {
  signerName: 'kubernetes.io/kubelet-serving',
  usages: ['server auth', 'digital signature'],
  username: 'system:node:n1',
};
const ofNode = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
const year = 365 * 24 * 60 * 60;

test.each<{ name: string; csr: CertificateSigningRequest; request?: object | string; want: object }>([
  { name: 'approved', csr: csr(), want: { type: 'Sign', usages: ['client'], validSeconds: year } },
  { name: 'not yet approved', csr: csr({}, {}), want: { type: 'Settled' } },
  {
    name: 'approved and denied',
    csr: csr({}, { conditions: [...approved.conditions, { type: 'Denied', status: 'True' }] }),
    want: { type: 'Settled' },
  },
  { name: 'signed', csr: csr({}, { ...approved, certificate: 'x' }), want: { type: 'Settled' } },
  { name: 'for another signer', csr: csr({ signerName: 'example.com/x' }), want: { type: 'Settled' } },
  {
    name: 'an hour',
    csr: csr({ expirationSeconds: 3600 }),
    want: { type: 'Sign', usages: ['client'], validSeconds: 3600 },
  },
  {
    name: 'ten years',
    csr: csr({ expirationSeconds: 10 * year }),
    want: { type: 'Sign', usages: ['client'], validSeconds: year },
  },
  {
    name: 'a server usage from the client signer',
    csr: csr({ usages: ['client auth', 'server auth'] }),
    want: { type: 'Fail', message: expect.stringContaining('invalid usages') },
  },
  {
    name: 'no request',
    csr: csr(),
    request: 'bad PEM',
    want: { type: 'Fail', message: 'unable to parse csr: bad PEM' },
  },
  {
    name: "a node's serving certificate",
    csr: csr(serving),
    request: { ...ofNode, dnsNames: ['n1'] },
    want: { type: 'Sign', usages: ['server'], validSeconds: year },
  },
  {
    name: 'a serving certificate without names',
    csr: csr(serving),
    request: ofNode,
    want: { type: 'Fail', message: 'DNS or IP subjectAltName is required' },
  },
  {
    name: "another node's serving certificate",
    csr: csr({ ...serving, username: 'system:node:n2' }),
    request: { ...ofNode, dnsNames: ['n1'] },
    want: { type: 'Fail', message: 'subject common name is not that of the requestor' },
  },
  {
    name: 'a serving certificate for masters',
    csr: csr(serving),
    request: { ...ofNode, organizations: ['system:masters'], dnsNames: ['n1'] },
    want: { type: 'Fail', message: 'subject organization is not system:nodes' },
  },
])('reconcileCertificate: $name -> $want', ({ csr: object, request: asked = {}, want }) => {
  expect(reconcileCertificate(object, typeof asked === 'string' ? asked : request(asked))).toEqual(want);
});

const nodeClient = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  username: 'system:bootstrap:abc',
};
test.each<{ name: string; csr: CertificateSigningRequest; request?: object; want: string[] }>([
  { name: 'a bootstrap token asks for a node', csr: csr(nodeClient, {}), request: ofNode, want: ['nodeclient'] },
  {
    name: 'a node asks for its own next certificate',
    csr: csr({ ...nodeClient, username: 'system:node:n1' }, {}),
    request: ofNode,
    want: ['selfnodeclient', 'nodeclient'],
  },
  {
    name: 'with key encipherment',
    csr: csr({ ...nodeClient, usages: ['key encipherment', ...nodeClient.usages] }, {}),
    request: ofNode,
    want: ['nodeclient'],
  },
  { name: 'client auth alone', csr: csr({ ...nodeClient, usages: ['client auth'] }, {}), request: ofNode, want: [] },
  { name: 'approved', csr: csr(nodeClient), request: ofNode, want: [] },
  {
    name: 'denied',
    csr: csr(nodeClient, { conditions: [{ type: 'Denied', status: 'True' }] }),
    request: ofNode,
    want: [],
  },
  { name: 'with a DNS name', csr: csr(nodeClient, {}), request: { ...ofNode, dnsNames: ['n1'] }, want: [] },
  { name: 'for no node', csr: csr(nodeClient, {}), request: { ...ofNode, commonName: 'jane' }, want: [] },
  { name: 'a serving certificate', csr: csr(serving, {}), request: { ...ofNode, dnsNames: ['n1'] }, want: [] },
  { name: 'a client of the API', csr: csr({}, {}), request: {}, want: [] },
])('approvalsFor: $name -> $want', ({ csr: object, request: asked = {}, want }) => {
  expect(approvalsFor(object, request(asked)).map(({ subresource }) => subresource)).toEqual(want);
});
