// What MutatingAdmissionPolicies make of objects.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../../testing.ts';
import { configMapRules, registration, unregister } from './testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
afterEach(async () => {
  await unregister(server);
  for (const path of [paths.configMaps, paths.pods]) await server.call(`DELETE ${path}?gracePeriodSeconds=0`);
});

interface Spec {
  mutations?: object[];
  [field: string]: unknown;
}

async function policy(name: string, spec: Spec, binding: object = {}): Promise<void> {
  await server.create(`${registration}/mutatingadmissionpolicies`, {
    metadata: { name },
    spec: { matchConstraints: { resourceRules: configMapRules }, reinvocationPolicy: 'Never', ...spec },
  });
  await server.create(`${registration}/mutatingadmissionpolicybindings`, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, ...binding },
  });
}

const apply = (expression: string): object => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const jsonPatch = (expression: string): object => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const denied = (why: string): string => `policy 'p' with binding 'p-binding' denied request: ${why}`;

test.each<{
  name: string;
  spec: Spec;
  binding?: object;
  want?: object;
  status?: number;
  message?: string;
  reason?: string;
}>([
  {
    name: 'an apply configuration -> its fields are laid over the object',
    spec: {
      mutations: [apply("Object{metadata: Object.metadata{labels: {'a': 'b'}}, data: {'x': object.metadata.name}}")],
    },
    want: { metadata: { labels: { a: 'b' } }, data: { a: '1', x: 'a' } },
  },
  {
    name: 'a JSON patch -> applied',
    spec: {
      mutations: [
        jsonPatch(
          "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('k'), value: string(object.data.size())}]",
        ),
      ],
    },
    want: { data: { a: '1', k: '1' } },
  },
  {
    name: 'a JSON patch whose test fails -> nothing',
    spec: {
      mutations: [
        jsonPatch("[JSONPatch{op: 'test', path: '/data/a', value: '2'}, JSONPatch{op: 'remove', path: '/data/a'}]"),
      ],
    },
    want: { data: { a: '1' } },
  },
  {
    name: 'several mutations -> each sees what the one before it made',
    spec: {
      variables: [{ name: 'n', expression: 'object.data.size()' }],
      mutations: [apply("Object{data: {'x': string(variables.n)}}"), apply("Object{data: {'y': string(variables.n)}}")],
    },
    want: { data: { a: '1', x: '1', y: '2' } },
  },
  {
    name: 'a condition that is false -> left out',
    spec: {
      matchConditions: [{ name: 'c', expression: "object.metadata.name != 'a'" }],
      mutations: [apply("Object{data: {'x': 'y'}}")],
    },
    want: { data: { a: '1' } },
  },
  {
    name: 'an optional field that is not there -> left out',
    spec: { mutations: [apply("Object{data: {?'x': object.data[?'nope'], ?'y': object.data[?'a']}}")] },
    want: { data: { a: '1', y: '1' } },
  },
  {
    name: 'an expression that fails -> refused',
    spec: { mutations: [apply("Object{data: {'x': object.data.nope}}")] },
    status: 403,
    reason: 'Invalid',
    message: denied(`expression 'Object{data: {'x': object.data.nope}}' resulted in error: no such key: nope`),
  },
  {
    name: 'an expression that fails in a policy that may be left out -> nothing',
    spec: { failurePolicy: 'Ignore', mutations: [apply("Object{data: {'x': object.data.nope}}")] },
    want: { data: { a: '1' } },
  },
  {
    name: 'a field of another type -> refused',
    spec: { mutations: [apply('Object{data: [1]}')] },
    status: 403,
    message: denied(
      'error applying patch: failed to convert patch object to typed object: .data: expected map, got &{[1]}',
    ),
  },
  {
    name: 'an object in the wrong place -> refused',
    spec: { mutations: [apply('Object{metadata: Object.spec{}}')] },
    status: 403,
    message: denied(
      'type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type',
    ),
  },
  {
    name: 'a JSON patch that can not be done -> refused',
    spec: { mutations: [jsonPatch("[JSONPatch{op: 'remove', path: '/no/such'}]")] },
    status: 403,
    message: denied('JSON Patch: remove operation does not apply: doc is missing path: "/no/such": missing value'),
  },
  {
    name: 'parameters that are not there -> refused',
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      mutations: [apply("Object{data: {'x': params.data.a}}")],
    },
    binding: { paramRef: { name: 'nope', namespace: 'default', parameterNotFoundAction: 'Deny' } },
    status: 403,
    reason: 'Forbidden',
    message: denied(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    ),
  },
  {
    name: 'parameters of a kind that nobody knows -> refused',
    spec: { paramKind: { apiVersion: 'x/v1', kind: 'Y' }, mutations: [apply('Object{}')] },
    status: 403,
    message:
      'policy "p" denied request: failed to configure policy: failed to find resource referenced by paramKind: \'x/v1, Kind=Y\'',
  },
  {
    name: 'rules about another resource -> left out',
    spec: {
      matchConstraints: { resourceRules: [{ ...configMapRules[0], resources: ['secrets'] }] },
      mutations: [apply("Object{data: {'x': 'y'}}")],
    },
    want: { data: { a: '1' } },
  },
])('$name', async ({ spec, binding, want, status = 201, message, reason }) => {
  await policy('p', spec, binding);
  const answer = await server.call(`POST ${paths.configMaps}`, configMap('a'));
  expect(answer.json.message).toBe(message);
  expect(answer.status).toBe(status);
  if (reason !== undefined) expect(answer.json.reason).toBe(reason);
  if (want) expect(answer.json).toMatchObject(want);
  if (want && 'data' in want) expect(answer.json['data']).toEqual(want.data);
});

test('policies run in the order of their names; one that asks for it runs again after a change', async () => {
  const append = (mark: string): object[] => [apply(`Object{data: {'a': object.data.a + '${mark}'}}`)];
  await policy('b', { mutations: append('b') });
  await policy('a', { mutations: append('a'), reinvocationPolicy: 'IfNeeded' });
  const { json } = await server.call(`POST ${paths.configMaps}`, configMap('x'));
  expect(json['data']).toEqual({ a: '1aba' });
});

test('lists merge by their keys, and what can only be replaced as a whole is refused', async () => {
  const resourceRules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
  const matchConstraints = { resourceRules };
  const env = "env: [Object.spec.containers.env{name: 'POD', value: object.metadata.name}]";
  await policy('env', {
    matchConstraints,
    mutations: [apply(`Object{spec: Object.spec{containers: [Object.spec.containers{name: 'app', ${env}}]}}`)],
  });
  const { json } = await server.call(`POST ${paths.pods}`, pod('p'));
  expect(json).toMatchObject({
    spec: { containers: [{ name: 'app', image: 'amarre.io/host', env: [{ name: 'POD', value: 'p' }] }] },
  });
  await policy('atomic', {
    matchConstraints,
    mutations: [apply("Object{spec: Object.spec{nodeSelector: {'a': 'b'}}}")],
  });
  expect((await server.call(`POST ${paths.pods}`, pod('q'))).json.message).toBe(
    "policy 'atomic' with binding 'atomic-binding' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.nodeSelector",
  );
});

test('parameters, updates, and deletions, which no policy changes', async () => {
  await server.create(paths.configMaps, configMap('limits'));
  await policy(
    'p',
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      mutations: [apply("Object{data: {'limit': params.data.a + request.operation}}")],
    },
    { paramRef: { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' } },
  );
  await server.create(paths.configMaps, configMap('a'));
  const { json } = await server.call(`PATCH ${paths.configMaps}/a`, { data: { z: '1' } }, mergePatch);
  expect(json['data']).toEqual({ a: '1', z: '1', limit: '1UPDATE' });
  expect((await server.call(`DELETE ${paths.configMaps}/a`)).status).toBe(200);
});

test.each([
  [apply('{}'), 'must evaluate to Object but got map(dyn, dyn)'],
  [jsonPatch('Object{}'), 'must evaluate to list(JSONPatch) but got Object'],
  [apply('Object{a: nope}'), "undeclared reference to 'nope'"],
  [apply('Object{a: variables.x}'), "undeclared reference to 'variables'"],
  [apply('Object{a: request.nope}'), "undefined field 'nope'"],
  [apply('Object{a: params.x}'), "undeclared reference to 'params'"],
])('a policy with the mutation %j -> refused', async (mutation, message) => {
  const { json } = await server.call(`POST ${registration}/mutatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules: configMapRules }, reinvocationPolicy: 'Never', mutations: [mutation] },
  });
  expect(json.message).toContain(message);
});
