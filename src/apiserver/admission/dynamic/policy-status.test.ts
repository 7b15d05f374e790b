import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../../../base/poll.ts';
import { systemClock as clock } from '../../../base/system-clock.ts';
import { startTestServer, type TestServer } from '../../testing.ts';
import { registration, unregister } from './testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
afterEach(() => unregister(server));

const path = `${registration}/validatingadmissionpolicies`;
const rules = (apiGroups: string[], resources: string[]): object => ({
  resourceRules: [{ operations: ['*'], apiGroups, apiVersions: ['v1'], resources }],
});

interface Status {
  observedGeneration: number;
  typeChecking: { expressionWarnings?: { fieldRef: string; warning: string }[] };
}

async function statusOf(generation: number): Promise<Status> {
  let status: Partial<Status> = {};
  const check = async (): Promise<boolean> => {
    status = ((await server.call(`GET ${path}/p`)).json as unknown as { status?: Status }).status ?? {};
    return status.observedGeneration === generation;
  };
  await pollUntil(check, { clock, signal: new AbortController().signal, intervalMs: 10 });
  return status as Status;
}

test.each<{ name: string; spec: object; warnings: [field: string, warning: string][] }>([
  {
    name: 'a field that the kind lacks -> where, and of which kind',
    spec: {
      matchConstraints: rules(['apps'], ['deployments']),
      validations: [{ expression: 'object.replicas > 1' }, { expression: 'object.spec.replicas > 1' }],
    },
    warnings: [
      [
        'spec.validations[0].expression',
        "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\n",
      ],
    ],
  },
  {
    name: 'several kinds -> those that it does not fit; messages too',
    spec: {
      matchConstraints: rules(['', 'apps'], ['pods', 'replicasets']),
      validations: [{ expression: 'has(object.spec.replicas)', messageExpression: "'' + object.spec.nope" }],
    },
    warnings: [
      [
        'spec.validations[0].expression',
        "/v1, Kind=Pod: ERROR: <input>:1:4: undefined field 'replicas'\n | has(object.spec.replicas)\n | ...^\n",
      ],
      [
        'spec.validations[0].messageExpression',
        expect.stringContaining("Kind=ReplicaSet: ERROR: <input>:1:17: undefined field 'nope'") as string,
      ],
    ],
  },
  {
    name: 'quantities, durations, labels, parameters and variables that fit -> nothing',
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: rules([''], ['pods']),
      variables: [{ name: 'containers', expression: 'object.spec.containers' }],
      validations: [
        { expression: "variables.containers.all(c, !has(c.image) || c.image.startsWith(params.data['prefix']))" },
        { expression: "object.metadata.?labels['a'].orValue('') == '' || oldObject == null" },
        {
          expression:
            "object.spec.containers.all(c, !has(c.resources) || quantity(c.resources.limits['cpu']).isInteger())",
        },
      ],
    },
    warnings: [],
  },
  {
    name: 'wildcards -> nobody knows',
    spec: { matchConstraints: rules(['*'], ['*']), validations: [{ expression: 'object.nope == 1' }] },
    warnings: [],
  },
])('type checking: $name', async ({ spec, warnings }) => {
  await server.create(path, { metadata: { name: 'p' }, spec });
  const { typeChecking } = await statusOf(1);
  const found = typeChecking.expressionWarnings ?? [];
  expect(found.map(({ fieldRef, warning }) => [fieldRef, warning])).toEqual(warnings);
});

test('a policy that changes is looked at again', async () => {
  const spec = {
    matchConstraints: rules(['apps'], ['deployments']),
    validations: [{ expression: 'object.nope == 1' }],
  };
  await server.create(path, { metadata: { name: 'p' }, spec });
  expect((await statusOf(1)).typeChecking.expressionWarnings).toHaveLength(1);
  const change = { spec: { validations: [{ expression: 'object.spec.paused == true' }] } };
  await server.call(`PATCH ${path}/p`, change, { contentType: 'application/merge-patch+json' });
  expect((await statusOf(2)).typeChecking).toEqual({});
});
