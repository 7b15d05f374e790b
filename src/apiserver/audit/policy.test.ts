import { expect, test } from 'vitest';
import { attributesOf } from '../auth/attributes.ts';
import { requestInfoOf } from '../request-info.ts';
import { type AuditPolicy, auditDecision, checkedPolicy, type PolicyRule } from './policy.ts';

const jane = { name: 'jane', groups: ['devs'] };
const levelOf = (rules: PolicyRule[], line: string): string => {
  const [method = '', path = ''] = line.split(' ');
  return auditDecision({ rules }, jane, attributesOf(requestInfoOf({ method, path }))).level;
};
const level = 'Metadata' as const;

test.each<{ name: string; rule: Omit<PolicyRule, 'level'>; line: string; fits: boolean }>([
  { name: 'a rule about all', rule: {}, line: 'GET /api/v1/pods', fits: true },
  { name: 'the user', rule: { users: ['jane'] }, line: 'GET /api/v1/pods', fits: true },
  { name: 'another user', rule: { users: ['joe'] }, line: 'GET /api/v1/pods', fits: false },
  { name: 'a group of the user', rule: { userGroups: ['ops', 'devs'] }, line: 'GET /api', fits: true },
  { name: 'another group', rule: { userGroups: ['ops'] }, line: 'GET /api', fits: false },
  { name: 'the verb', rule: { verbs: ['list'] }, line: 'GET /api/v1/pods', fits: true },
  { name: 'another verb', rule: { verbs: ['get'] }, line: 'GET /api/v1/pods', fits: false },
  { name: 'the group alone', rule: { resources: [{ group: '' }] }, line: 'GET /api/v1/pods', fits: true },
  {
    name: 'another group of resources',
    rule: { resources: [{ group: 'apps' }] },
    line: 'GET /api/v1/pods',
    fits: false,
  },
  { name: 'the resource', rule: { resources: [{ resources: ['pods'] }] }, line: 'GET /api/v1/pods', fits: true },
  {
    name: 'the resource, asked for its subresource',
    rule: { resources: [{ resources: ['pods'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p/log',
    fits: false,
  },
  {
    name: 'a subresource',
    rule: { resources: [{ resources: ['pods/log'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p/log',
    fits: true,
  },
  {
    name: 'all subresources',
    rule: { resources: [{ resources: ['pods/*'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p/log',
    fits: true,
  },
  {
    name: 'all subresources, asked for the resource',
    rule: { resources: [{ resources: ['pods/*'] }] },
    line: 'GET /api/v1/pods',
    fits: true,
  },
  {
    name: 'a subresource of all',
    rule: { resources: [{ resources: ['*/log'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p/log',
    fits: true,
  },
  {
    name: 'a name',
    rule: { resources: [{ resources: ['pods'], resourceNames: ['p'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p',
    fits: true,
  },
  {
    name: 'another name',
    rule: { resources: [{ resources: ['pods'], resourceNames: ['q'] }] },
    line: 'GET /api/v1/namespaces/a/pods/p',
    fits: false,
  },
  { name: 'the namespace', rule: { namespaces: ['a'] }, line: 'GET /api/v1/namespaces/a/pods', fits: true },
  { name: 'another namespace', rule: { namespaces: ['b'] }, line: 'GET /api/v1/namespaces/a/pods', fits: false },
  { name: 'the cluster scope', rule: { namespaces: [''] }, line: 'GET /api/v1/nodes', fits: true },
  { name: 'a namespace, asked for a path', rule: { namespaces: [''] }, line: 'GET /metrics', fits: false },
  { name: 'a path', rule: { nonResourceURLs: ['/metrics'] }, line: 'GET /metrics', fits: true },
  { name: 'a pattern of paths', rule: { nonResourceURLs: ['/openapi*'] }, line: 'GET /openapi/v3', fits: true },
  { name: 'a path, asked for a resource', rule: { nonResourceURLs: ['*'] }, line: 'GET /api/v1/pods', fits: false },
])('auditDecision: $name -> $fits', ({ rule, line, fits }) => {
  expect(levelOf([{ ...rule, level }], line)).toBe(fits ? level : 'None');
});

test('auditDecision: the first rule that fits decides, and stages left out add up', () => {
  const policy: AuditPolicy = {
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', verbs: ['watch'] },
      { level: 'Request', verbs: ['list'], omitStages: ['ResponseStarted'] },
      { level: 'Metadata' },
    ],
  };
  const decide = (path: string) => auditDecision(policy, jane, attributesOf(requestInfoOf({ method: 'GET', path })));
  expect(decide('/api/v1/pods?watch=1').level).toBe('None');
  expect(decide('/api/v1/pods').level).toBe('Request');
  expect([...decide('/api/v1/pods').omitStages]).toEqual(['RequestReceived', 'ResponseStarted']);
  expect(decide('/api/v1/namespaces/a/pods/p').level).toBe('Metadata');
});

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };
test.each([
  { value: {}, why: 'must be audit.k8s.io/v1 Policy' },
  { value: { ...head, rules: [] }, why: 'it has no rules' },
  { value: { ...head, rules: [{ level: 'All' }] }, why: 'level of rule 1 is All' },
  { value: { ...head, rules: [{ level }], omitStages: ['x'] }, why: 'omitStages of the policy' },
  { value: { ...head, rules: [{ level, namespaces: ['a'], nonResourceURLs: ['/x'] }] }, why: 'rule 1 is about both' },
])('checkedPolicy: $value -> $why', ({ value, why }) => {
  expect(() => checkedPolicy(value, 'policy.yaml')).toThrow(why);
});
