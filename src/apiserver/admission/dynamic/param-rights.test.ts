// Who may make policies that read objects?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../testing.ts';
import { configMapRules, registration } from './testing.ts';

let server: TestServer;
const jane = { name: 'jane', groups: ['devs', 'system:authenticated'] };
const rbac = '/apis/rbac.authorization.k8s.io/v1';

beforeAll(async () => {
  server = await startTestServer({ defaultRoles: true });
  const rules = [
    { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] },
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['open'], verbs: ['get'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
  ];
  await server.create(`${rbac}/clusterroles`, { metadata: { name: 'policies' }, rules });
  await server.create(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'policies' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'policies' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
  });
});
afterAll(() => server.stop());

const policy = (name: string, paramKind: object): object => ({
  metadata: { name },
  spec: { paramKind, matchConstraints: { resourceRules: configMapRules }, validations: [{ expression: 'true' }] },
});
const binding = (policyName: string, name: string): object => ({
  metadata: { name: `${policyName}-${name}` },
  spec: {
    policyName,
    validationActions: ['Deny'],
    paramRef: { name, namespace: 'default', parameterNotFoundAction: 'Deny' },
  },
});

test.each<{ name: string; plural: string; object: object; message?: string }>([
  {
    name: 'a policy over a kind that its author may not read',
    plural: 'validatingadmissionpolicies',
    object: policy('a', { apiVersion: 'v1', kind: 'ConfigMap' }),
    message:
      'ValidatingAdmissionPolicy.admissionregistration.k8s.io "a" is invalid: spec.paramKind: Forbidden: user jane must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)',
  },
  {
    name: 'a policy over a kind that its author may read',
    plural: 'validatingadmissionpolicies',
    object: policy('b', { apiVersion: 'apps/v1', kind: 'Deployment' }),
  },
  {
    name: 'a binding to an object that its author may not read',
    plural: 'validatingadmissionpolicybindings',
    object: binding('p', 'closed'),
    message:
      'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io "p-closed" is invalid: spec.paramRef: Forbidden: user jane does not have "get" permission on the object referenced by paramRef',
  },
  {
    name: 'a binding to an object that its author may read',
    plural: 'validatingadmissionpolicybindings',
    object: binding('p', 'open'),
  },
])('$name', async ({ plural, object, message }) => {
  await server.call(
    `POST ${registration}/validatingadmissionpolicies`,
    policy('p', { apiVersion: 'v1', kind: 'ConfigMap' }),
  );
  const { json } = await server.call(`POST ${registration}/${plural}`, object, { user: jane });
  expect(json.message).toBe(message);
});
