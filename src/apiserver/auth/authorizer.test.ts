import { expect, test } from 'vitest';
import { requestInfoOf } from '../request-info.ts';
import { attributesOf } from './attributes.ts';
import { createAuthorizer, requireAllowed } from './authorizer.ts';
import type { NodeFacts } from './node-authorizer.ts';
import { bootstrapPolicy } from './rbac/bootstrap/policy.ts';
import { rolesOf } from './rbac/testing.ts';

const masters = { name: 'amarre-admin', groups: ['system:masters'] };
const node = { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] };
const nobody = { name: 'jane', groups: ['system:authenticated'] };
const impostor = { name: 'system:node:node-1', groups: [] };

const facts: NodeFacts = {
  nodeOfPod: (_namespace, name) => ({ mine: 'node-1', other: 'node-2', unscheduled: '' })[name],
  reaches: (nodeName, { name }) => nodeName === 'node-1' && name === 'used',
};
const authorizer = createAuthorizer({ roles: rolesOf(bootstrapPolicy()), facts });

test.each<{ name: string; user?: typeof node; method?: string; path: string; allowed: boolean }>([
  {
    name: 'administrator writes anything',
    user: masters,
    method: 'DELETE',
    path: '/api/v1/nodes/node-1',
    allowed: true,
  },
  { name: 'administrator reads metrics', user: masters, path: '/metrics', allowed: true },
  { name: 'anyone reads discovery', user: nobody, path: '/apis/apps/v1', allowed: true },
  { name: 'anyone reads the OpenAPI', user: nobody, path: '/openapi/v3', allowed: true },
  { name: 'a user without groups reads pods', user: nobody, path: '/api/v1/namespaces/default/pods', allowed: false },
  { name: 'a user without groups reads metrics', user: nobody, path: '/metrics', allowed: false },
  { name: 'a node name without the nodes group', user: impostor, path: '/api/v1/nodes', allowed: false },

  { name: 'node reads its pod', path: '/api/v1/namespaces/shop/pods/mine', allowed: true },
  { name: "node reads another node's pod", path: '/api/v1/namespaces/shop/pods/other', allowed: false },
  { name: 'node reads an unscheduled pod', path: '/api/v1/namespaces/shop/pods/unscheduled', allowed: false },
  { name: 'node reads a pod that is gone', path: '/api/v1/namespaces/shop/pods/gone', allowed: true },
  { name: 'node lists all pods', path: '/api/v1/pods', allowed: false },
  { name: 'node lists its pods', path: '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1', allowed: true },
  {
    name: "node watches another node's pods",
    path: '/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dnode-2',
    allowed: false,
  },
  { name: 'node deletes its pod', method: 'DELETE', path: '/api/v1/namespaces/shop/pods/mine', allowed: true },
  {
    name: "node deletes another node's pod",
    method: 'DELETE',
    path: '/api/v1/namespaces/shop/pods/other',
    allowed: false,
  },
  {
    name: "node patches its pod's status",
    method: 'PATCH',
    path: '/api/v1/namespaces/shop/pods/mine/status',
    allowed: true,
  },
  {
    name: "node patches another pod's status",
    method: 'PATCH',
    path: '/api/v1/namespaces/shop/pods/other/status',
    allowed: false,
  },
  { name: "node patches its pod's spec", method: 'PATCH', path: '/api/v1/namespaces/shop/pods/mine', allowed: false },
  {
    name: 'node binds a pod',
    method: 'POST',
    path: '/api/v1/namespaces/shop/pods/unscheduled/binding',
    allowed: false,
  },
  { name: 'node executes in its pod', method: 'GET', path: '/api/v1/namespaces/shop/pods/mine/exec', allowed: false },

  { name: 'node reads a secret that its pod uses', path: '/api/v1/namespaces/shop/secrets/used', allowed: true },
  {
    name: 'node watches a secret that its pod uses',
    path: '/api/v1/namespaces/shop/secrets?watch=1&fieldSelector=metadata.name%3Dused',
    allowed: true,
  },
  { name: 'node reads another secret', path: '/api/v1/namespaces/shop/secrets/unused', allowed: false },
  { name: 'node lists secrets', path: '/api/v1/namespaces/shop/secrets', allowed: false },
  { name: 'node reads a config map that its pod uses', path: '/api/v1/namespaces/shop/configmaps/used', allowed: true },
  {
    name: 'node writes a secret that its pod uses',
    method: 'PUT',
    path: '/api/v1/namespaces/shop/secrets/used',
    allowed: false,
  },

  { name: 'node creates a node', method: 'POST', path: '/api/v1/nodes', allowed: true },
  { name: 'node patches its status', method: 'PATCH', path: '/api/v1/nodes/node-1/status', allowed: true },
  { name: 'node patches its own object', method: 'PATCH', path: '/api/v1/nodes/node-1', allowed: true },
  { name: "node patches another node's status", method: 'PATCH', path: '/api/v1/nodes/node-2/status', allowed: false },
  { name: 'node deletes itself', method: 'DELETE', path: '/api/v1/nodes/node-1', allowed: false },
  { name: 'node reads itself', path: '/api/v1/nodes/node-1', allowed: true },
  { name: 'node watches itself', path: '/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dnode-1', allowed: true },
  { name: 'node reads another node', path: '/api/v1/nodes/node-2', allowed: false },
  { name: 'node lists nodes', path: '/api/v1/nodes', allowed: false },

  {
    name: 'node renews its lease',
    method: 'PUT',
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1',
    allowed: true,
  },
  {
    name: "node renews another's lease",
    method: 'PUT',
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-2',
    allowed: false,
  },
  {
    name: 'node takes a lease elsewhere',
    method: 'POST',
    path: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
    allowed: false,
  },
  { name: 'node writes its CSINode', method: 'PATCH', path: '/apis/storage.k8s.io/v1/csinodes/node-1', allowed: true },
  {
    name: "node writes another's CSINode",
    method: 'PATCH',
    path: '/apis/storage.k8s.io/v1/csinodes/node-2',
    allowed: false,
  },
  { name: 'node lists volume attachments', path: '/apis/storage.k8s.io/v1/volumeattachments', allowed: false },
  {
    name: 'node lists its volume attachments',
    path: '/apis/storage.k8s.io/v1/volumeattachments?fieldSelector=spec.nodeName%3Dnode-1',
    allowed: true,
  },
  { name: 'node reads its volume attachment', path: '/apis/storage.k8s.io/v1/volumeattachments/used', allowed: true },
  { name: 'node reads another attachment', path: '/apis/storage.k8s.io/v1/volumeattachments/other', allowed: false },
  {
    name: 'node writes a volume attachment',
    method: 'PATCH',
    path: '/apis/storage.k8s.io/v1/volumeattachments/x',
    allowed: false,
  },
  { name: 'node records an event', method: 'POST', path: '/api/v1/namespaces/shop/events', allowed: true },
  { name: 'node lists events', path: '/api/v1/namespaces/shop/events', allowed: false },
  {
    name: 'node reports a resize',
    method: 'PATCH',
    path: '/api/v1/namespaces/shop/persistentvolumeclaims/used/status',
    allowed: true,
  },
  {
    name: "node reports a resize of another node's claim",
    method: 'PATCH',
    path: '/api/v1/namespaces/shop/persistentvolumeclaims/data/status',
    allowed: false,
  },
  {
    name: 'node writes a claim',
    method: 'PATCH',
    path: '/api/v1/namespaces/shop/persistentvolumeclaims/used',
    allowed: false,
  },
  { name: 'node reads its claim', path: '/api/v1/namespaces/shop/persistentvolumeclaims/used', allowed: true },
  {
    name: 'node watches its claim',
    path: '/api/v1/namespaces/shop/persistentvolumeclaims?watch=1&fieldSelector=metadata.name%3Dused',
    allowed: true,
  },
  { name: 'node lists claims', path: '/api/v1/persistentvolumeclaims', allowed: false },
  { name: 'node reads its volume', path: '/api/v1/persistentvolumes/used', allowed: true },
  { name: 'node reads another volume', path: '/api/v1/persistentvolumes/pv', allowed: false },
  { name: 'node lists volumes', path: '/api/v1/persistentvolumes', allowed: false },
  { name: 'node lists namespaces', path: '/api/v1/namespaces', allowed: false },
  {
    name: "node gets a token of its pod's account",
    method: 'POST',
    path: '/api/v1/namespaces/shop/serviceaccounts/used/token',
    allowed: true,
  },
  {
    name: 'node gets a token of another account',
    method: 'POST',
    path: '/api/v1/namespaces/shop/serviceaccounts/admin/token',
    allowed: false,
  },
  { name: 'node reads a service account', path: '/api/v1/namespaces/shop/serviceaccounts/used', allowed: false },
  {
    name: 'node evicts its pod',
    method: 'POST',
    path: '/api/v1/namespaces/shop/pods/mine/eviction',
    allowed: true,
  },
  {
    name: 'node asks who may do what',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    allowed: true,
  },
  { name: 'node reads roles', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles', allowed: false },
  { name: 'node reads metrics', path: '/metrics', allowed: false },
  { name: 'node writes a fence proof', method: 'POST', path: '/apis/amarre.io/v1alpha1/fenceproofs', allowed: false },
])('authorizer: $name -> allowed $allowed', ({ user = node, method = 'GET', path, allowed }) => {
  expect(authorizer.decide(user, attributesOf(requestInfoOf({ method, path }))).isAllowed).toBe(allowed);
});

test.each([
  {
    name: 'a refused node',
    user: node,
    path: '/api/v1/namespaces/shop/pods/other',
    want: `pods "other" is forbidden: User "system:node:node-1" cannot get resource "pods" in API group "" in the namespace "shop": no relationship found between node 'node-1' and this object`,
  },
  {
    name: 'a refused user, of a subresource',
    user: nobody,
    path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
    want: 'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" in the namespace "shop"',
  },
  {
    name: 'a refused user, at the cluster scope',
    user: nobody,
    path: '/api/v1/nodes',
    want: 'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
  },
  { name: 'a refused path', user: nobody, path: '/metrics', want: 'forbidden: User "jane" cannot get path "/metrics"' },
])('requireAllowed: $name -> the words of upstream', ({ user, path, want }) => {
  const asked = attributesOf(requestInfoOf({ method: 'GET', path }));
  expect(() => requireAllowed(authorizer, user, asked)).toThrow(want);
});
