// PUT of what is not there, where a kind allows it, and without a version; patches of what is not there.

import { apply, as, type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const leases = '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases';
const lease = (name: string, metadata: object = {}, spec: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, ...metadata },
  spec,
});
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}';

const badPatches: [string, Record<string, string>][] = [
  ['[{"op":"add","path":"/data","value":1e400}]', jsonPatch],
  ['{"data":1e400}', merge],
  ['{"data":1e400}', strategic],
  ['{', merge],
  ['[]', strategic],
  ['5', jsonPatch],
  ['{"kind":7}', merge],
  ['{', { 'content-type': 'text/plain' }],
  ['{', apply],
];

export const updateCases: Case[] = [
  {
    name: 'updates that create',
    steps: [
      [`PUT ${leases}/a`, lease('a')],
      [`PUT ${leases}/a`, lease('a')],
      [`PUT ${leases}/a`, lease('a', { resourceVersion: '0' })],
      [`PUT ${leases}/a`, lease('a', { uid: 'x' })],
      [`PUT ${leases}/b`, lease('b', { resourceVersion: '77' })],
      [`PUT ${leases}/c`, lease('c', { uid: 'abc' })],
      [`PUT ${leases}/d`, lease('x')],
      [`PUT ${leases}/d`, lease('d', { namespace: 'other' })],
      [`PUT ${leases}/d`, lease('d', { labels: { '': 'x' } }, { leaseDurationSeconds: 0 })],
      [`PUT ${leases}/d?dryRun=All`, lease('d')],
      [`PUT ${leases}/d`, lease('d', { finalizers: ['x'] })],
      ['PUT /apis/coordination.k8s.io/v1/namespaces/nowhere/leases/d', lease('d')],
      [`PATCH ${leases}/a`, { metadata: { resourceVersion: '' } }, merge],
      [`PATCH ${leases}/a`, { metadata: { resourceVersion: '0' } }, merge],
    ],
  },
  {
    name: 'patches of what is not there',
    steps: ['configmaps/none', 'replicationcontrollers/none/scale', 'pods/none/status'].flatMap((path) =>
      badPatches.map(([patch, type]): Step => [`PATCH /api/v1/namespaces/{ns}/${path}?fieldManager=x`, patch, type]),
    ),
  },
  {
    name: 'updates that create, by whom may not',
    steps: [
      [
        `POST ${rbac}/roles`,
        { metadata: { name: 'u' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['update', 'patch'] }] },
      ],
      [
        `POST ${rbac}/rolebindings`,
        {
          metadata: { name: 'u' },
          subjects: [{ kind: 'User', name: 'joe', apiGroup: 'rbac.authorization.k8s.io' }],
          roleRef: { kind: 'Role', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
        },
      ],
      [`PUT ${leases}/joe`, lease('joe'), as('joe')],
      [`PUT ${leases}/joe`, lease('joe', {}, { leaseDurationSeconds: 0 }), as('joe')],
      [`PATCH ${leases}/joe?fieldManager=x`, lease('joe'), { ...apply, ...as('joe') }],
    ],
  },
  {
    name: 'addresses of another family than their slice',
    steps: ['2001:db8::1', 'fe80::1', '1.2.3.4'].flatMap((address) =>
      ['IPv4', 'IPv6'].map(
        (addressType): Step => [
          'POST /apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices?dryRun=All',
          { metadata: { name: 's' }, addressType, endpoints: [{ addresses: [address] }], ports: [{ port: 80 }] },
        ],
      ),
    ),
  },
];
