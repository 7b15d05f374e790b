import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PolicyRule } from '../../../apis/rbac/generated/v1.ts';
import { type Attributes, resourceAttributes } from '../attributes.ts';
import { createAuthorizer } from '../authorizer.ts';
import { grantsOf } from './resolver.ts';
import { rules } from './rule-notation.ts';
import { compactRules, ruleAllows, ruleText, uncovered } from './rules.ts';
import { rolesOf } from './testing.ts';

const asked = (verb: string, resource: string, more: object = {}): Attributes =>
  resourceAttributes({ verb, resource, ...more });
const path = (url: string, verb = 'get'): Attributes => ({ isResource: false, verb, path: url });

test.each<{ name: string; rule: string; asked: Attributes; allowed: boolean }>([
  { name: 'same verb, group and resource', rule: 'get | | pods', asked: asked('get', 'pods'), allowed: true },
  { name: 'another verb', rule: 'get | | pods', asked: asked('list', 'pods'), allowed: false },
  { name: 'another group', rule: 'get | | pods', asked: asked('get', 'pods', { group: 'x' }), allowed: false },
  { name: 'a star for the group', rule: 'get | * | pods', asked: asked('get', 'pods', { group: 'x' }), allowed: true },
  { name: 'a star for the verb', rule: '* | | pods', asked: asked('deletecollection', 'pods'), allowed: true },
  {
    name: 'the resource, asked for its subresource',
    rule: 'get | | pods',
    asked: asked('get', 'pods', { subresource: 'log' }),
    allowed: false,
  },
  {
    name: 'the subresource',
    rule: 'get | | pods/log',
    asked: asked('get', 'pods', { subresource: 'log' }),
    allowed: true,
  },
  {
    name: 'the subresource, asked for the resource',
    rule: 'get | | pods/log',
    asked: asked('get', 'pods'),
    allowed: false,
  },
  {
    name: 'a subresource of all',
    rule: 'get | | */scale',
    asked: asked('get', 'x', { subresource: 'scale' }),
    allowed: true,
  },
  {
    name: 'a star covers subresources',
    rule: 'get | | *',
    asked: asked('get', 'pods', { subresource: 'log' }),
    allowed: true,
  },
  {
    name: 'a name that is listed',
    rule: 'get | | secrets | a b',
    asked: asked('get', 'secrets', { name: 'b' }),
    allowed: true,
  },
  {
    name: 'a name that is not',
    rule: 'get | | secrets | a b',
    asked: asked('get', 'secrets', { name: 'c' }),
    allowed: false,
  },
  {
    name: 'names, asked for the collection',
    rule: 'list | | secrets | a',
    asked: asked('list', 'secrets'),
    allowed: false,
  },
  {
    name: 'names, asked for a list of one of them',
    rule: 'list | | secrets | a',
    asked: asked('list', 'secrets', { name: 'a' }),
    allowed: true,
  },
  { name: 'a path', rule: 'get | /healthz', asked: path('/healthz'), allowed: true },
  { name: 'a path below', rule: 'get | /healthz', asked: path('/healthz/etcd'), allowed: false },
  { name: 'a pattern of paths', rule: 'get | /healthz/*', asked: path('/healthz/etcd'), allowed: true },
  { name: 'a star for all paths', rule: 'get | *', asked: path('/metrics'), allowed: true },
  { name: 'a path with another method', rule: 'get | /metrics', asked: path('/metrics', 'post'), allowed: false },
  { name: 'a rule for resources, asked for a path', rule: '* | * | *', asked: path('/metrics'), allowed: false },
  { name: 'a rule for paths, asked for a resource', rule: '* | *', asked: asked('get', 'pods'), allowed: false },
])('ruleAllows: $name -> $allowed', ({ rule, asked: question, allowed }) => {
  expect(ruleAllows(rules([rule])[0] as PolicyRule, question)).toBe(allowed);
});

test.each<{ name: string; owned: string[]; wanted: string[]; missing: string[] }>([
  { name: 'the same', owned: ['get | | pods'], wanted: ['get | | pods'], missing: [] },
  {
    name: 'parts of several rules',
    owned: ['get | | pods', 'list | | pods'],
    wanted: ['get list | | pods'],
    missing: [],
  },
  {
    name: 'one verb too many',
    owned: ['get | | pods'],
    wanted: ['get list | | pods'],
    missing: ['{APIGroups:[""], Resources:["pods"], Verbs:["list"]}'],
  },
  {
    name: 'all names from some',
    owned: ['get | | secrets | a'],
    wanted: ['get | | secrets'],
    missing: ['{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'],
  },
  { name: 'some names from all', owned: ['get | | secrets'], wanted: ['get | | secrets | a'], missing: [] },
  {
    name: 'a star from many verbs',
    owned: ['get list watch | | pods'],
    wanted: ['* | | pods'],
    missing: ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
  },
  { name: 'everything', owned: ['* | * | *'], wanted: ['get | apps | deployments/scale', '* | x | *'], missing: [] },
  { name: 'a narrower path', owned: ['get | /api/*'], wanted: ['get | /api/v1'], missing: [] },
  {
    name: 'a wider path',
    owned: ['get | /api/*'],
    wanted: ['get | *'],
    missing: ['{NonResourceURLs:["*"], Verbs:["get"]}'],
  },
])('uncovered: $name -> $missing', ({ owned, wanted, missing }) => {
  expect(compactRules(uncovered(rules(owned), rules(wanted))).map(ruleText)).toEqual(missing);
});

const word = fc.constantFrom('get', 'list', '*', 'watch');
const group = fc.constantFrom('', 'apps', '*');
const resource = fc.constantFrom('pods', 'pods/log', 'secrets', '*', '*/log');
const name = fc.constantFrom('a', 'b');
const anyRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: fc.array(word, { maxLength: 2 }),
    apiGroups: fc.array(group, { maxLength: 2 }),
    resources: fc.array(resource, { maxLength: 2 }),
    resourceNames: fc.array(name, { maxLength: 1 }),
  }),
  fc.record({
    verbs: fc.array(word, { maxLength: 2 }),
    nonResourceURLs: fc.array(fc.constantFrom('*', '/a', '/a/*', '/b'), { maxLength: 2 }),
  }),
);
const anyQuestion: fc.Arbitrary<Attributes> = fc.oneof(
  fc
    .record({
      verb: fc.constantFrom('get', 'list', 'watch', 'delete'),
      group: fc.constantFrom('', 'apps', 'x'),
      resource: fc.constantFrom('pods', 'secrets'),
      subresource: fc.constantFrom('', 'log'),
      name: fc.constantFrom('', 'a', 'b'),
      namespace: fc.constantFrom('', 'shop', 'bank'),
    })
    .map(resourceAttributes),
  fc.record({
    isResource: fc.constant(false as const),
    verb: fc.constantFrom('get', 'list'),
    path: fc.constantFrom('/a', '/a/b', '/b', '/c'),
  }),
);

test('a covered rule allows nothing that its owners do not', () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 4 }), anyRule, anyQuestion, (owned, wanted, question) => {
      if (uncovered(owned, [wanted]).length > 0 || !ruleAllows(wanted, question)) return;
      expect(owned.some((rule) => ruleAllows(rule, question))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

const anySubject = fc.oneof(
  fc.record({ kind: fc.constantFrom('User', 'Group'), name: fc.constantFrom('jane', 'devs', 'joe') }),
  fc.record({
    kind: fc.constant('ServiceAccount'),
    name: fc.constantFrom('web', 'joe'),
    namespace: fc.constantFrom('shop', 'bank'),
  }),
);
const roleRef = fc.record({
  apiGroup: fc.constant('rbac.authorization.k8s.io'),
  kind: fc.constantFrom('Role', 'ClusterRole'),
  name: fc.constantFrom('r0', 'r1', 'gone'),
});
const subjects = fc.array(anySubject, { maxLength: 3 });
const anyRoles = fc.record({
  clusterRoles: fc.tuple(fc.array(anyRule, { maxLength: 3 }), fc.array(anyRule, { maxLength: 3 })),
  clusterRoleBindings: fc.array(fc.record({ roleRef, subjects }), { maxLength: 3 }),
  roleBindings: fc.array(fc.record({ roleRef, subjects, namespace: fc.constantFrom('shop', 'bank') }), {
    maxLength: 3,
  }),
});
const anyUser = fc.record({
  name: fc.constantFrom('jane', 'joe', 'system:serviceaccount:shop:web'),
  groups: fc.subarray(['devs', 'system:authenticated']),
});

test('the authorizer never grants what no rule that applies to the user grants, and nothing without a binding', () => {
  const facts = { nodeOfPod: () => undefined, reaches: () => false };
  fc.assert(
    fc.property(anyRoles, anyUser, anyQuestion, (lists, user, question) => {
      const roles = rolesOf({
        clusterRoles: lists.clusterRoles.map((list, index) => ({ metadata: { name: `r${index}` }, rules: list })),
        clusterRoleBindings: lists.clusterRoleBindings.map((each) => ({ metadata: { name: 'b' }, ...each })),
        roleBindings: lists.roleBindings.map(({ namespace, ...each }) => ({
          metadata: { name: 'b', namespace },
          ...each,
        })),
      });
      const { isAllowed } = createAuthorizer({ roles, facts }).decide(user, question);
      const namespace = question.isResource ? question.namespace : '';
      // Told apart from the resolver: every rule of every binding whose subjects name the user, and whose scope fits.
      const names = new Set([`User ${user.name}`, ...user.groups.map((each) => `Group ${each}`)]);
      if (user.name.startsWith('system:serviceaccount:')) names.add('ServiceAccount web shop');
      const applies = (list: { kind: string; name: string; namespace?: string }[]): boolean =>
        list.some((each) => names.has([each.kind, each.name, ...(each.namespace ? [each.namespace] : [])].join(' ')));
      const bindings = [
        ...lists.clusterRoleBindings,
        ...lists.roleBindings.filter((each) => namespace !== '' && each.namespace === namespace),
      ].filter((each) => applies(each.subjects));
      const granted = bindings.flatMap(({ roleRef: ref }) =>
        ref.kind === 'ClusterRole' ? (lists.clusterRoles[Number(ref.name.slice(1))] ?? []) : [],
      );
      expect(isAllowed).toBe(granted.some((rule) => ruleAllows(rule, question)));
      const listed = [...grantsOf(user, namespace, roles)].flatMap((grant) => ('rule' in grant ? [grant.rule] : []));
      expect(listed).toEqual(granted);
    }),
    { numRuns: 3000 },
  );
});
