// Who may do what: refusals by RBAC, impersonation, tokens, and what grants more than one has.

import { as, type Case, merge, type Step } from './exchange.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const jane = as('jane');
const role = (rules: object[]) => ({ metadata: { name: 'r' }, rules });
const reads = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] };
const bind = (metadata: object, subject = { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }) => ({
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
  subjects: [subject],
});
const asked = (lines: string[], headers: Record<string, string>): Step[] =>
  lines.map((line) => [line, undefined, headers]);

export const identityCases: Case[] = [
  {
    name: 'refusals',
    steps: [
      ...asked(
        [
          `GET ${maps}`,
          `GET ${maps}/a`,
          `GET ${maps}?watch=true`,
          `GET /api/v1/configmaps`,
          `GET /api/v1/nodes`,
          `GET /api/v1/nodes/n`,
          `GET /apis/apps/v1/namespaces/{ns}/deployments/d/scale`,
          `GET /apis/apps/v1/deployments`,
          `GET /api/v1/namespaces/{ns}/pods/p/log`,
          `GET /api/v1/namespaces/{ns}`,
          `GET /metrics`,
          `GET /nothing`,
          `GET /`,
          `GET /logs`,
          `GET /apis/bogus/v1/things`,
          `GET /apis/bogus/v1/namespaces/x/things/y`,
          `DELETE ${maps}`,
          `DELETE ${maps}/a`,
          `GET ${maps}?fieldSelector=metadata.name%3Da`,
          'GET /apis/apps',
          'GET /openapi/v2?bogus',
          'GET /healthz',
        ],
        jane,
      ).filter((step) => !String(step[0]).includes('openapi')),
      [`POST ${maps}`, { metadata: { name: 'a' } }, jane],
      [`PUT ${maps}/a`, { metadata: { name: 'a' } }, jane],
      [`PATCH ${maps}/a`, {}, { ...jane, ...merge }],
      [`POST ${rbac}/namespaces/{ns}/roles`, role([reads])],
      [`POST ${rbac}/namespaces/{ns}/rolebindings`, bind({ name: 'b' })],
    ],
  },
  {
    name: 'escalation',
    steps: [
      [
        `POST ${rbac}/namespaces/{ns}/roles`,
        role([{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['*'] }]),
      ],
      [`POST ${rbac}/namespaces/{ns}/rolebindings`, bind({ name: 'b' })],
      [`POST ${rbac}/namespaces/{ns}/roles`, { metadata: { name: 'more' }, rules: [reads] }, jane],
      [`PUT ${rbac}/namespaces/{ns}/roles/r`, role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), jane],
      [
        `POST ${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'c' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'Group', name: 'g' }],
        },
        jane,
      ],
      [
        `POST ${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'd' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'none' },
          subjects: [{ kind: 'Group', name: 'g' }],
        },
        jane,
      ],
      [`POST ${rbac}/namespaces/{ns}/rolebindings`, { metadata: { name: 'e' }, roleRef: { kind: 'Bogus', name: 'r' } }],
      [`PATCH ${rbac}/namespaces/{ns}/rolebindings/b`, { roleRef: { name: 'other' } }, merge],
      [
        `POST ${rbac}/namespaces/{ns}/roles`,
        { metadata: { name: 'bad' }, rules: [{ verbs: [], nonResourceURLs: ['/x'] }] },
      ],
      [
        `POST ${rbac}/clusterroles`,
        { metadata: { name: 'bad-{ns}' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['y'] }] },
      ],
      [
        `POST ${rbac}/namespaces/{ns}/rolebindings`,
        bind({ name: 'f' }, { kind: 'ServiceAccount', name: 'x', apiGroup: 'bogus' }),
      ],
      [`POST ${rbac}/namespaces/{ns}/rolebindings`, bind({ name: 'g' }, { kind: 'User', name: '', apiGroup: 'bogus' })],
    ],
  },
  {
    name: 'impersonation',
    steps: [
      [`GET ${maps}`, undefined, as('jane', 'system:masters')],
      [`GET ${maps}`, undefined, { 'impersonate-group': 'x' }],
      [`GET ${maps}`, undefined, { 'impersonate-uid': 'x' }],
      [`GET ${maps}`, undefined, { 'impersonate-extra-scopes': 'x' }],
      [`GET ${maps}`, undefined, as('system:serviceaccount:{ns}:x')],
      [`GET ${maps}`, undefined, as('system:serviceaccount:bad')],
      [`GET ${maps}`, undefined, as('system:anonymous')],
      [`GET ${maps}`, undefined, as('system:node:n1', 'system:nodes')],
      [`GET ${maps}/a`, undefined, as('system:node:n1', 'system:nodes')],
      ['GET /api/v1/namespaces/{ns}/secrets/a', undefined, as('system:node:n1', 'system:nodes')],
      ['GET /api/v1/nodes/n2', undefined, as('system:node:n1', 'system:nodes')],
      ['POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as('jane', 'devs')],
      [
        'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
        {},
        { ...as('jane'), 'impersonate-uid': 'u1', 'impersonate-extra-scopes': 'a' },
      ],
      ['POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as('system:serviceaccount:{ns}:x')],
      [
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } } },
        jane,
      ],
      ['POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: '{ns}' } }, jane],
    ],
  },
];
