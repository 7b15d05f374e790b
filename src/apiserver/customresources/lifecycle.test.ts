import { afterEach, expect, test } from 'vitest';
import { memoryStore } from '../../kvstore/memory-store.ts';
import { mergePatch, startTestServer, type TestServer } from '../testing.ts';
import {
  crdPath,
  establish,
  schemaOfSpec,
  until,
  untilCondition,
  version,
  widgetDefinition,
  widgetsPath,
} from './testing.ts';

const servers: TestServer[] = [];
async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  servers.push(server);
  return server;
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

type Definition = {
  status: {
    acceptedNames: object;
    storedVersions: string[];
    conditions: { type: string; status: string; reason: string; message: string }[];
  };
};

async function conditionsOf(server: TestServer, name: string): Promise<Record<string, string>> {
  const { json } = await server.call(`GET ${crdPath}/${name}`);
  const { conditions } = (json as unknown as Definition).status;
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );
}

test('a definition is established and served: discovery, objects, tables, OpenAPI', async () => {
  const server = await start();
  expect((await server.call(`GET ${widgetsPath}`)).status).toBe(404);
  const created = await server.create(crdPath, widgetDefinition());
  expect(created).toMatchObject({
    status: { storedVersions: ['v1'] },
    spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
  });
  await untilCondition(server, 'widgets.example.com', 'Established');
  expect(await conditionsOf(server, 'widgets.example.com')).toEqual({
    NamesAccepted: 'True NoConflicts: no conflicts found',
    Established: 'True InitialNamesAccepted: the initial names have been accepted',
  });
  const { json } = await server.call(`GET ${crdPath}/widgets.example.com`);
  expect(json).toMatchObject({
    status: {
      acceptedNames: {
        plural: 'widgets',
        singular: 'widget',
        kind: 'Widget',
        listKind: 'WidgetList',
        shortNames: ['wd'],
      },
    },
  });

  const widget = await server.create(widgetsPath, { metadata: { name: 'a' }, spec: { size: 1, unknown: true } });
  expect(widget).toMatchObject({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    spec: { size: 1 },
    metadata: { generation: 1 },
  });
  expect((await server.call('GET /apis/example.com/v1')).json).toMatchObject({
    resources: [{ name: 'widgets', shortNames: ['wd'], kind: 'Widget' }],
  });
  const table = await server.call(`GET ${widgetsPath}`, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  expect(table.json).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Age', type: 'date' }],
    rows: [{ cells: ['a', expect.any(String)] }],
  });
  const openapi = await server.call('GET /openapi/v3/apis/example.com/v1');
  expect(openapi.json).toMatchObject({
    components: {
      schemas: { 'com.example.v1.Widget': { properties: { spec: { properties: { size: { type: 'integer' } } } } } },
    },
  });
});

test('a changed definition is served in its new form', async () => {
  const server = await start();
  await establish(server, widgetDefinition());
  const versions = [version(schemaOfSpec({ colour: { type: 'string' } }))];
  expect((await server.call(`PATCH ${crdPath}/widgets.example.com`, { spec: { versions } }, mergePatch)).status).toBe(
    200,
  );
  await until(async () => {
    const { json } = await server.call(`POST ${widgetsPath}?dryRun=All`, {
      metadata: { name: 'a' },
      spec: { colour: 'red' },
    });
    return (json as { spec?: { colour?: string } }).spec?.colour === 'red';
  });
});

test('a change that is only tried, or refused, leaves the stored versions as they are', async () => {
  const server = await start();
  await server.create(crdPath, widgetDefinition());
  await untilCondition(server, 'widgets.example.com', 'Established');
  const path = `${crdPath}/widgets.example.com`;
  const { json } = await server.call(`GET ${path}`);
  const definition = json as unknown as { spec: object };
  for (const name of ['v2', 'NONE']) {
    const spec = { ...definition.spec, versions: [version(schemaOfSpec({}), { name })] };
    await server.call(`PUT ${path}?dryRun=All`, { ...definition, spec });
  }
  const answer = await server.call(`PUT ${path}?dryRun=All`, definition);
  expect([answer.status, answer.json]).toMatchObject([200, { status: { storedVersions: ['v1'] } }]);
});

test('a deleted definition takes its objects with it, finalizers first', async () => {
  const server = await start();
  await establish(server, widgetDefinition());
  await server.create(widgetsPath, { metadata: { name: 'a' } });
  await server.create(widgetsPath, { metadata: { name: 'kept', finalizers: ['example.com/hold'] } });
  const deleted = await server.call(`DELETE ${crdPath}/widgets.example.com`);
  expect(deleted.json).toMatchObject({ metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] } });
  await until(async () => (await server.call(`GET ${widgetsPath}`)).json.items?.length === 1);
  expect((await conditionsOf(server, 'widgets.example.com'))['Terminating']).toBe(
    'True InstanceDeletionInProgress: CustomResource deletion is in progress',
  );
  const refused = await server.call(`POST ${widgetsPath}`, { metadata: { name: 'late' } });
  expect(refused.json).toMatchObject({
    code: 403,
    message:
      'widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
  });
  await server.call(`PATCH ${widgetsPath}/kept`, { metadata: { finalizers: null } }, mergePatch);
  await until(async () => (await server.call(`GET ${crdPath}/widgets.example.com`)).status === 404);
  expect((await server.call(`GET ${widgetsPath}`)).status).toBe(404);
});

test('names that another definition of the group has are refused, until it goes', async () => {
  const server = await start();
  await establish(server, widgetDefinition());
  const rival = {
    metadata: { name: 'gadgets.example.com' },
    spec: { ...widgetDefinition().spec, names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['wd'] } },
  };
  await server.create(crdPath, rival);
  await until(async () => 'NamesAccepted' in (await conditionsOf(server, 'gadgets.example.com')));
  expect(await conditionsOf(server, 'gadgets.example.com')).toEqual({
    NamesAccepted: 'False ShortNamesConflict: "wd" is already in use',
    Established: 'False NotAccepted: not all names are accepted',
  });
  expect((await server.call('GET /apis/example.com/v1/gadgets')).status).toBe(404);
  await server.call(`DELETE ${crdPath}/widgets.example.com`);
  await untilCondition(server, 'gadgets.example.com', 'Established');
  expect((await server.call('GET /apis/example.com/v1/gadgets')).status).toBe(200);
});

test('two servers over one store -> both serve what one was told', async () => {
  const store = memoryStore();
  const [one, two] = [await start({ store }), await start({ store })];
  await establish(one, widgetDefinition());
  await one.create(widgetsPath, { metadata: { name: 'a' } });
  expect((await two.call(`GET ${widgetsPath}/a`)).status).toBe(200);
  await two.call(`DELETE ${crdPath}/widgets.example.com`);
  await until(async () => (await one.call(`GET ${widgetsPath}`)).status === 404);
});

test('after a restart -> served before anything is asked', async () => {
  const store = memoryStore();
  const first = await startTestServer({ store });
  await establish(first, widgetDefinition());
  await first.stop();
  const second = await start({ store });
  expect((await second.call('GET /apis/example.com/v1')).status).toBe(200);
});

test('status, scale, columns, selectable fields and generation as the definition says', async () => {
  const server = await start();
  const schema = schemaOfSpec({ replicas: { type: 'integer' }, colour: { type: 'string' } });
  const one = version(schema, {
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    additionalPrinterColumns: [
      { name: 'Colour', type: 'string', jsonPath: '.spec.colour' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
      { name: 'Since', type: 'date', jsonPath: '.status.since' },
    ],
    selectableFields: [{ jsonPath: '.spec.colour' }],
    deprecated: true,
  });
  await establish(server, widgetDefinition({ versions: [one] }));
  const created = await server.call(`POST ${widgetsPath}`, {
    metadata: { name: 'a' },
    spec: { replicas: 2, colour: 'red' },
    status: { replicas: 9 },
  });
  expect(created.json).not.toHaveProperty('status');
  expect(created.headers['warning']).toBe('299 - "example.com/v1 Widget is deprecated"');
  const status = { replicas: 1, selector: 'a=b', conditions: [{ type: 'Ready', status: 'True' }], since: 'never' };
  const changed = await server.call(`PATCH ${widgetsPath}/a/status`, { status, spec: { colour: 'blue' } }, mergePatch);
  expect(changed.json).toMatchObject({ spec: { colour: 'red' }, metadata: { generation: 1 } });
  expect((await server.call(`GET ${widgetsPath}/a/scale`)).json).toMatchObject({
    spec: { replicas: 2 },
    status: { replicas: 1, selector: 'a=b' },
  });
  const scaled = await server.call(`PATCH ${widgetsPath}/a/scale`, { spec: { replicas: 5 } }, mergePatch);
  expect(scaled.json).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } });
  expect((await server.call(`GET ${widgetsPath}/a`)).json).toMatchObject({
    spec: { replicas: 5 },
    metadata: { generation: 2 },
  });
  const table = await server.call(`GET ${widgetsPath}`, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  expect(table.json).toMatchObject({ rows: [{ cells: ['a', 'red', 'True', 5, '<invalid>'] }] });
  expect((await server.call(`GET ${widgetsPath}?fieldSelector=spec.colour%3Dred`)).json.items).toHaveLength(1);
  expect((await server.call(`GET ${widgetsPath}?fieldSelector=spec.colour%3Dblue`)).json.items).toHaveLength(0);
  expect((await server.call(`GET ${widgetsPath}?fieldSelector=spec.size%3D1`)).json.message).toContain(
    'field label not supported: spec.size',
  );
});

test('our own definitions are valid, established, and change nothing of what is served', async () => {
  const server = await start();
  await until(
    async () =>
      'Established' in (await conditionsOf(server, 'volumesnapshots.snapshot.storage.k8s.io').catch(() => ({}))),
  );
  expect(await conditionsOf(server, 'volumesnapshots.snapshot.storage.k8s.io')).toMatchObject({
    Established: expect.stringContaining('True'),
    KubernetesAPIApprovalPolicyConformant:
      'True ApprovedAnnotation: approved in https://github.com/kubernetes-csi/external-snapshotter/pull/814',
  });
  const { json } = await server.call('GET /apis/snapshot.storage.k8s.io/v1');
  expect(
    (json as unknown as { resources: { name: string }[] }).resources.filter(({ name }) => name === 'volumesnapshots'),
  ).toHaveLength(1);
});
