// What ValidatingAdmissionPolicies write into the audit log, and what they may cost.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { configMap, paths, startTestServer, type TestServer } from '../../testing.ts';
import { configMapRules, registration, unregister } from './testing.ts';

let server: TestServer;
const events: { annotations?: Record<string, string> }[] = [];

beforeAll(async () => {
  const rules = [{ level: 'Metadata' as const, resources: [{ resources: ['configmaps'] }] }];
  const sink = { write: (event: object) => void events.push(event) };
  server = await startTestServer({ audit: { policy: () => ({ rules }), sink } });
});
afterAll(() => server.stop());
afterEach(async () => {
  await unregister(server);
  await server.call(`DELETE ${paths.configMaps}`);
});

async function policy(spec: object, binding: object = {}): Promise<void> {
  await server.create(`${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules: configMapRules }, ...spec },
  });
  await server.create(`${registration}/validatingadmissionpolicybindings`, {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Audit'], ...binding },
  });
}

const list = `[${Array.from({ length: 60 }, (_, i) => i).join(',')}]`;
const denied = (why: string): string =>
  `configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;

test.each<{ name: string; spec: object; binding?: object; notes?: Record<string, string>; message?: string }>([
  {
    name: 'annotations -> in the event, under the name of the policy; those without a value are not',
    spec: {
      auditAnnotations: [
        { key: 'first', valueExpression: "' ' + object.data.a + ' '" },
        { key: 'none', valueExpression: 'null' },
        { key: 'empty', valueExpression: "''" },
      ],
    },
    notes: { 'p/first': '1' },
  },
  {
    name: 'a validation that fails -> noted, and let pass',
    spec: {
      validations: [{ expression: 'true' }, { expression: "object.data.a == '2'", message: 'no two' }],
    },
    notes: {
      'validation.policy.admission.k8s.io/validation_failure': JSON.stringify([
        { message: 'no two', policy: 'p', binding: 'b', expressionIndex: 1, validationActions: ['Audit'] },
      ]),
    },
  },
  {
    name: 'an annotation that fails -> refused, whatever the actions are',
    spec: { auditAnnotations: [{ key: 'k', valueExpression: 'string(object.data.nope)' }] },
    message: denied("expression 'string(object.data.nope)' resulted in error: no such key: nope"),
  },
  {
    name: 'an annotation that fails in a policy that may be left out -> nothing',
    spec: { failurePolicy: 'Ignore', auditAnnotations: [{ key: 'k', valueExpression: 'string(object.data.nope)' }] },
    notes: {},
  },
  {
    name: 'expressions that cost too much together -> all count as failed',
    spec: {
      validations: Array.from({ length: 20 }, () => ({
        expression: `${list}.all(a, ${list}.all(b, ${list}.all(c, a < 100)) || true)`,
      })),
    },
    binding: { validationActions: ['Deny'] },
    message: denied('validation failed due to running out of cost budget, no further validation rules will be run'),
  },
])('$name', async ({ spec, binding, notes, message }) => {
  await policy(spec, binding);
  events.length = 0;
  const { json } = await server.call(`POST ${paths.configMaps}`, configMap('a'));
  expect(json.message).toBe(message);
  if (!notes) return;
  const told = Object.entries(events.at(-1)?.annotations ?? {}).filter(([key]) => !key.startsWith('authorization'));
  expect(Object.fromEntries(told)).toEqual(notes);
});

test('each parameter has its value; the same value is told once', async () => {
  const labels = { limits: 'yes' };
  for (const [name, a] of [
    ['x', '1'],
    ['y', '2'],
    ['z', '2'],
  ] as const)
    await server.create(paths.configMaps, { metadata: { name, labels }, data: { a } });
  await policy(
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      auditAnnotations: [{ key: 'limit', valueExpression: 'string(params.data.a)' }],
    },
    { paramRef: { selector: { matchLabels: labels }, parameterNotFoundAction: 'Deny' } },
  );
  await server.create(paths.configMaps, configMap('a'));
  expect(events.at(-1)?.annotations).toMatchObject({ 'p/limit': '1, 2' });
});
