import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startTestServer } from '../../testing.ts';
import { rememberedGrants } from './remembered-grants.ts';
import { grantsOf, type RoleSource } from './resolver.ts';
import { rolesOf } from './testing.ts';

const name = fc.constantFrom('a', 'b', 'c');
const rules = fc.array(
  fc.record({ verbs: fc.array(name), resources: fc.array(name), apiGroups: fc.constant<string[]>(['']) }),
  {
    maxLength: 2,
  },
);
const meta = fc.record({ name, namespace: name });
const subject = fc.record({ kind: fc.constantFrom('User', 'Group', 'ServiceAccount'), name, namespace: name });
const roleRef = fc.record({ kind: fc.constantFrom('Role', 'ClusterRole'), name, apiGroup: fc.constant('') });
const binding = fc.record({ metadata: meta, subjects: fc.array(subject, { maxLength: 3 }), roleRef });
const role = fc.record({ metadata: meta, rules });
const anyState = fc.record({
  clusterRoles: fc.array(role, { maxLength: 3 }),
  roles: fc.array(role, { maxLength: 3 }),
  clusterRoleBindings: fc.array(binding, { maxLength: 3 }),
  roleBindings: fc.array(binding, { maxLength: 3 }),
});
const anyUser = fc.record({
  name: fc.constantFrom('a', 'b', 'system:serviceaccount:a:b'),
  groups: fc.array(name, { maxLength: 3 }),
});

test('after any change what is remembered is what the roles grant', () => {
  const questions = fc.array(fc.record({ user: anyUser, namespace: fc.constantFrom('', 'a', 'b') }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(anyState, { minLength: 1, maxLength: 5 }), questions, (states, asked) => {
      let current = 0;
      const roles = (): RoleSource => rolesOf(states[current] ?? {});
      const source: RoleSource = {
        version: () => current,
        clusterRole: (of) => roles().clusterRole(of),
        role: (namespace, of) => roles().role(namespace, of),
        clusterRoleBindings: () => roles().clusterRoleBindings(),
        roleBindings: (namespace) => roles().roleBindings(namespace),
      };
      const grants = rememberedGrants(source);
      for (; current < states.length; current++) {
        for (const { user, namespace } of [...asked, ...asked])
          expect(grants(user, namespace)).toEqual([...grantsOf(user, namespace, roles())]);
      }
    }),
  );
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const jane = { name: 'jane', groups: ['system:authenticated'] };
const reader = (verbs: string[]) => ({
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
});
const toJane = {
  metadata: { name: 'to-jane' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
};

test('a role or binding that is given, changed or taken away -> holds for the next request', async () => {
  const server = await startTestServer();
  const list = async (): Promise<number> =>
    (await server.call('GET /api/v1/namespaces/default/configmaps', undefined, { user: jane })).status;
  const seen = [await list()];
  const step = async (line: string, body?: object): Promise<void> => {
    expect((await server.call(`${line}`, body)).status).toBeLessThan(300);
    seen.push(await list());
  };
  await step(`POST ${rbac}/clusterrolebindings`, toJane);
  await step(`POST ${rbac}/clusterroles`, reader(['list']));
  await step(`PUT ${rbac}/clusterroles/reader`, reader(['get']));
  await step(`PUT ${rbac}/clusterroles/reader`, reader(['list']));
  await step(`DELETE ${rbac}/clusterrolebindings/to-jane`);
  await step(`POST ${rbac}/namespaces/default/rolebindings`, toJane);
  await step(`DELETE ${rbac}/clusterroles/reader`);
  expect(seen).toEqual([403, 403, 200, 403, 200, 403, 200, 403]);
  await server.stop();
});
