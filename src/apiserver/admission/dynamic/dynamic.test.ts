import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { configMap, mergePatch, paths, startTestServer, type TestServer } from '../../testing.ts';
import { configMapRules, type Hook, register, registration, startHook, unregister } from './testing.ts';

let server: TestServer;
let hook: Hook;
beforeAll(async () => {
  server = await startTestServer();
  hook = await startHook();
});
afterAll(async () => {
  await server.stop();
  await hook.stop();
});
afterEach(async () => {
  await unregister(server);
  await server.call(`DELETE ${paths.configMaps}`);
  hook.requests.length = 0;
});

const create = (name = 'a', overrides: object = {}): ReturnType<TestServer['call']> =>
  server.call(`POST ${paths.configMaps}`, configMap(name, overrides));

test.each<{ name: string; path: string; overrides?: object; status: number; message?: unknown }>([
  { name: 'says yes', path: '/allow', status: 201 },
  {
    name: 'says no',
    path: '/deny',
    status: 403,
    message: 'admission webhook "deny.example.com" denied the request: not today',
  },
  {
    name: 'says no without words',
    path: '/silent',
    status: 400,
    message: 'admission webhook "silent.example.com" denied the request without explanation',
  },
  {
    name: 'fails',
    path: '/broken',
    status: 500,
    message:
      'Internal error occurred: failed calling webhook "broken.example.com": failed to call webhook: an error on the server ("broken") has prevented the request from succeeding',
  },
  { name: 'fails and is not needed', path: '/broken', overrides: { failurePolicy: 'Ignore' }, status: 201 },
  {
    name: 'answers another review',
    path: '/uid',
    status: 500,
    message: expect.stringContaining(
      'failed calling webhook "uid.example.com": received invalid webhook response: expected response.uid=',
    ),
  },
  {
    name: 'is not asked for this kind',
    path: '/deny',
    overrides: { rules: [{ ...configMapRules[0], resources: ['secrets'] }] },
    status: 201,
  },
  {
    name: 'is not asked for this label',
    path: '/deny',
    overrides: { objectSelector: { matchLabels: { a: 'b' } } },
    status: 201,
  },
  {
    name: 'is not asked in this namespace',
    path: '/deny',
    overrides: { namespaceSelector: { matchLabels: { a: 'b' } } },
    status: 201,
  },
  {
    name: 'is not asked by its condition',
    path: '/deny',
    overrides: { matchConditions: [{ name: 'c', expression: "object.metadata.name != 'a'" }] },
    status: 201,
  },
  {
    name: 'is asked by its condition',
    path: '/deny',
    overrides: {
      matchConditions: [{ name: 'c', expression: "request.operation == 'CREATE' && object.metadata.name == 'a'" }],
    },
    status: 403,
    message: 'admission webhook "deny.example.com" denied the request: not today',
  },
  {
    name: 'can not be trusted',
    path: '/allow',
    overrides: { clientConfig: { url: 'https://127.0.0.1:1/x' } },
    status: 500,
    message:
      'Internal error occurred: failed calling webhook "allow.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
  },
])('validating webhook that $name', async ({ path, overrides = {}, status, message }) => {
  await register({ server, hook }, 'validating', { path, ...overrides });
  const answer = await create();
  expect({ status: answer.status, message: answer.json.message }).toEqual({ status, message });
});

test('a validating webhook sees updates and deletions, and its warnings reach the client', async () => {
  await create('b');
  await register({ server, hook }, 'validating', { path: '/allow' });
  const changed = await server.call(`PATCH ${paths.configMaps}/b`, { data: { x: 'y' } }, mergePatch);
  expect(changed.headers['warning']).toBe('299 - "mind the gap"');
  expect(hook.requests).toMatchObject([
    { operation: 'UPDATE', name: 'b', object: { data: { x: 'y' } }, oldObject: { data: { a: '1' } } },
  ]);
  await server.call(`DELETE ${paths.configMaps}/b?dryRun=All`);
  expect(hook.requests.at(-1)).toMatchObject({ operation: 'DELETE', object: null, dryRun: true });
});

test('mutating webhooks change the object one after the other; unknown fields do not stay; a later change asks again', async () => {
  await register({ server, hook }, 'mutating', { path: '/count', reinvocationPolicy: 'IfNeeded' });
  await register({ server, hook }, 'mutating', { path: '/label' });
  await register({ server, hook }, 'mutating', { path: '/unknown' });
  const { json } = await create();
  expect(json).toMatchObject({ metadata: { labels: { hooked: 'yes' } }, data: { a: '1', count: '2' } });
  expect(json).not.toHaveProperty('nonsense');
});

test('a patch that does not fit is an internal error', async () => {
  await register({ server, hook }, 'mutating', { path: '/wrong' });
  expect((await create()).json.message).toMatch(/^Internal error occurred: replace operation does not apply: /);
});

test('webhooks are never asked about webhooks', async () => {
  await register({ server, hook }, 'validating', {
    path: '/deny',
    rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }],
  });
  expect((await server.call(`DELETE ${registration}/validatingwebhookconfigurations/deny`)).status).toBe(200);
});

test.each<[overrides: object, message: string]>([
  [
    { name: 'short' },
    'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated by dots',
  ],
  [
    { timeoutSeconds: 60 },
    'webhooks[0].timeoutSeconds: Invalid value: 60: the timeout value must be between 1 and 30 seconds',
  ],
  [
    { sideEffects: 'Some' },
    'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
  ],
  [{ clientConfig: {} }, 'webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
])('a configuration with %j -> refused', async (overrides, message) => {
  const webhook = {
    name: 'a.example.com',
    clientConfig: hook.client('/'),
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...overrides,
  };
  const { json } = await server.call(`POST ${registration}/validatingwebhookconfigurations`, {
    metadata: { name: 'bad' },
    webhooks: [webhook],
  });
  expect(json.message).toContain(message);
});

async function policy(spec: object, binding: object = {}): Promise<void> {
  const matchConstraints = { resourceRules: configMapRules };
  await server.create(`${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints, ...spec },
  });
  await server.create(`${registration}/validatingadmissionpolicybindings`, {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
  });
}

const denied = (message: string): string =>
  `configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;

test.each<{ name: string; spec: object; binding?: object; status: number; message?: string }>([
  { name: 'holds', spec: { validations: [{ expression: "object.data.a == '1'" }] }, status: 201 },
  {
    name: 'does not hold',
    spec: { validations: [{ expression: "object.data.a == '2'" }] },
    status: 422,
    message: denied("failed expression: object.data.a == '2'"),
  },
  {
    name: 'says why',
    spec: {
      validations: [{ expression: 'false', messageExpression: "'no ' + object.metadata.name", reason: 'Forbidden' }],
    },
    status: 403,
    message: denied('no a'),
  },
  {
    name: 'fails',
    spec: { validations: [{ expression: "object.data.nope == '2'" }] },
    status: 422,
    message: denied("expression 'object.data.nope == '2'' resulted in error: no such key: nope"),
  },
  {
    name: 'fails and is not needed',
    spec: { failurePolicy: 'Ignore', validations: [{ expression: "object.data.nope == '2'" }] },
    status: 201,
  },
  {
    name: 'is left out by its condition',
    spec: {
      matchConditions: [{ name: 'c', expression: "object.metadata.name == 'z'" }],
      validations: [{ expression: 'false' }],
    },
    status: 201,
  },
  {
    name: 'uses variables',
    spec: {
      variables: [{ name: 'n', expression: 'object.data.size()' }],
      validations: [{ expression: 'variables.n > 1', message: 'too few' }],
    },
    status: 422,
    message: denied('too few'),
  },
  {
    name: 'asks the authorizer',
    spec: {
      validations: [
        {
          expression:
            "authorizer.group('').resource('nodes').check('delete').allowed() && authorizer.requestResource.check('create').allowed()",
        },
      ],
    },
    status: 201,
  },
  {
    name: 'sees the namespace',
    spec: {
      validations: [
        { expression: "namespaceObject.metadata.name == 'default' && request.userInfo.username == 'amarre-admin'" },
      ],
    },
    status: 201,
  },
  {
    name: 'is bound elsewhere',
    spec: { validations: [{ expression: 'false' }] },
    binding: { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
    status: 201,
  },
])('policy that $name', async ({ spec, binding = {}, status, message }) => {
  await policy(spec, binding);
  const answer = await create();
  expect({ status: answer.status, message: answer.json.message }).toEqual({ status, message });
});

test('parameters come from objects; a binding may only warn', async () => {
  await create('limits');
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const validations = [
    { expression: "object.metadata.name == 'limits' || object.data.a != params.data.a", message: 'same as the limit' },
  ];
  await policy(
    { paramKind, validations },
    {
      paramRef: { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' },
      validationActions: ['Warn'],
    },
  );
  const warned = await create();
  expect([warned.status, warned.headers['warning']]).toEqual([
    201,
    "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': same as the limit\"",
  ]);
});

test('a policy whose expression does not compile is refused', async () => {
  const spec = {
    matchConstraints: { resourceRules: configMapRules },
    validations: [{ expression: 'object.' }, { expression: 'nope' }],
  };
  const { json } = await server.call(`POST ${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec,
  });
  expect(json.message).toContain("undeclared reference to 'nope'");
});
