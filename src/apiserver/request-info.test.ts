import { expect, test } from 'vitest';
import { type RequestInfo, requestInfoOf } from './request-info.ts';

test.each<{ name: string; method?: string; path: string; want: Partial<RequestInfo> }>([
  {
    name: 'object in a namespace -> get',
    path: '/api/v1/namespaces/shop/pods/web-0',
    want: {
      verb: 'get',
      resource: 'pods',
      namespace: 'shop',
      name: 'web-0',
      group: '',
      version: 'v1',
      isResourceRequest: true,
    },
  },
  {
    name: 'collection in a namespace -> list',
    path: '/apis/apps/v1/namespaces/shop/statefulsets',
    want: { verb: 'list', group: 'apps', resource: 'statefulsets', namespace: 'shop', name: '' },
  },
  {
    name: 'collection in all namespaces -> list',
    path: '/api/v1/pods',
    want: { verb: 'list', resource: 'pods', namespace: '' },
  },
  { name: 'watch parameter -> watch', path: '/api/v1/pods?watch=true', want: { verb: 'watch' } },
  { name: 'watch=1 -> watch', path: '/api/v1/pods?watch=1', want: { verb: 'watch' } },
  { name: 'watch=false -> list', path: '/api/v1/pods?watch=false', want: { verb: 'list' } },
  {
    name: 'old watch path -> watch',
    path: '/api/v1/watch/namespaces/shop/pods',
    want: { verb: 'watch', resource: 'pods', namespace: 'shop' },
  },
  {
    name: 'field selector on a name -> list with that name',
    path: '/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1',
    want: { verb: 'list', name: 'node-1', isNamed: false },
  },
  { name: 'POST -> create', method: 'POST', path: '/api/v1/namespaces/shop/pods', want: { verb: 'create' } },
  {
    name: 'PUT -> update',
    method: 'PUT',
    path: '/api/v1/nodes/n1',
    want: { verb: 'update', name: 'n1', namespace: '' },
  },
  {
    name: 'PATCH of a subresource -> patch',
    method: 'PATCH',
    path: '/api/v1/nodes/n1/status',
    want: { verb: 'patch', subresource: 'status' },
  },
  {
    name: 'DELETE of a collection -> deletecollection',
    method: 'DELETE',
    path: '/api/v1/namespaces/shop/pods',
    want: { verb: 'deletecollection' },
  },
  {
    name: 'DELETE of an object -> delete',
    method: 'DELETE',
    path: '/api/v1/namespaces/shop/pods/a',
    want: { verb: 'delete', name: 'a' },
  },
  {
    name: 'a namespace -> the namespace itself',
    path: '/api/v1/namespaces/shop',
    want: { verb: 'get', resource: 'namespaces', namespace: 'shop', name: 'shop' },
  },
  {
    name: 'finalize of a namespace -> its subresource',
    method: 'PUT',
    path: '/api/v1/namespaces/shop/finalize',
    want: { verb: 'update', resource: 'namespaces', name: 'shop', subresource: 'finalize' },
  },
  { name: 'group version -> no resource', path: '/apis/apps/v1', want: { verb: 'other', isResourceRequest: false } },
  { name: 'health -> no resource', path: '/readyz?verbose', want: { isResourceRequest: false, path: '/readyz' } },
  {
    name: 'a proxy path -> kept as sent',
    path: '/api/v1/nodes/proxy/proxy/stats//a%2Fb/?x=1',
    want: { resource: 'nodes', name: 'proxy', subresource: 'proxy', subpath: '/stats//a%2Fb/', verb: 'get' },
  },
  { name: 'a proxy of the root -> a slash', path: '/api/v1/nodes/n/proxy/', want: { subpath: '/' } },
  { name: 'a subresource -> nothing behind it', path: '/api/v1/nodes/n/status', want: { subpath: '' } },
  { name: 'escaped name -> decoded', path: '/api/v1/nodes/%61%20b', want: { name: 'a b' } },
  { name: 'escaped slash -> separates', path: '/api/v1/nodes/a%2Fb', want: { name: 'a', subresource: 'b' } },
  {
    name: 'nothing for a namespace -> all',
    path: '/api/v1/namespaces//pods',
    want: { namespace: '', resource: 'pods' },
  },
  { name: 'nothing for a name -> no resource', path: '/api/v1/pods//status', want: { resource: '' } },
  { name: 'more slashes behind -> as sent', path: '/api/v1/nodes/n/proxy//a/', want: { subpath: '//a/' } },
  {
    name: 'field selector of what is written -> no name',
    method: 'POST',
    path: '/api/v1/nodes?fieldSelector=metadata.name%3Dn1',
    want: { verb: 'create', name: '' },
  },
  {
    name: 'field selector of what is deleted -> no name',
    method: 'DELETE',
    path: '/api/v1/nodes?fieldSelector=metadata.name%3Dn1',
    want: { verb: 'deletecollection', name: '' },
  },
  {
    name: 'field selector with an escape -> the name itself',
    path: `/api/v1/nodes?fieldSelector=${encodeURIComponent('metadata.name==a\\=b')}`,
    want: { verb: 'list', name: 'a=b' },
  },
  {
    name: 'field selector with the name in another value -> no name',
    path: `/api/v1/nodes?fieldSelector=${encodeURIComponent('spec.x!=a\\,metadata.name=n1')}`,
    want: { verb: 'list', name: '' },
  },
  {
    name: 'field selector with a name that no path has -> no name',
    path: `/api/v1/nodes?fieldSelector=${encodeURIComponent('metadata.name=a/b')}`,
    want: { verb: 'list', name: '' },
  },
  { name: 'nothing for a group -> no resource', path: '/apis//v1/pods', want: { isResourceRequest: false } },
  { name: 'slashes in front -> no resource', path: '//api/v1/pods', want: { isResourceRequest: false } },
  { name: 'broken escape -> as written', path: '/api/v1/nodes/a%zz', want: { name: 'a%zz' } },
])('requestInfoOf: $name', ({ method = 'GET', path, want }) => {
  expect(requestInfoOf({ method, path })).toMatchObject(want);
});
