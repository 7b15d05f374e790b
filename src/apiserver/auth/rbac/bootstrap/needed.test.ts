import { expect, test } from 'vitest';
import { needsDefaultRoles } from './needed.ts';

const admin = { name: 'root', groups: ['system:masters', 'system:authenticated'] };
const agent = { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] };
const somebody = { name: 'kim', groups: ['system:authenticated'] };

const cases = [
  { name: 'administrator reads pods -> no', user: admin, want: false },
  { name: 'agent reads pods -> no', user: agent, want: false },
  { name: 'somebody reads pods -> yes', user: somebody, want: true },
  { name: 'bearer of a token -> yes', user: undefined, want: true },
  { name: 'administrator as somebody else -> yes', user: admin, headers: { 'impersonate-user': 'kim' }, want: true },
  { name: 'administrator reads roles -> yes', user: admin, group: 'rbac.authorization.k8s.io', want: true },
  { name: 'administrator asks what others may -> yes', user: admin, group: 'authorization.k8s.io', want: true },
];

test.each(cases)('$name', ({ user, headers = {}, group = '', want }) => {
  const request = { method: 'GET', url: '/', headers, body: undefined, user } as unknown as Parameters<
    typeof needsDefaultRoles
  >[0];
  expect(needsDefaultRoles(request, { group })).toBe(want);
});
