// What do bodies and patches hear that name fields twice or that nobody knows, or that can't be done?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.create(configMaps, configMap('a'));
});
afterAll(() => server.stop());

const { configMaps } = paths;
const twice = '{"metadata":{"name":"b"},"foo":1,"data":{"x":"1","x":"2"},"foo":2}';
const yaml = 'metadata: {name: b}\nfoo: 1\ndata:\n  x: "1"\n  x: "2"\n';
const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  yaml: 'application/yaml',
};

test.each<{ name: string; line: string; body: unknown; contentType?: string; code: number; message: string | RegExp }>([
  {
    name: 'JSON body -> in the order of the text, repeated unknown fields once',
    line: `POST ${configMaps}?fieldValidation=Strict&dryRun=All`,
    body: twice,
    code: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", duplicate field "data.x"',
  },
  {
    name: 'YAML body -> the words of its reader first',
    line: `POST ${configMaps}?fieldValidation=Strict&dryRun=All`,
    body: yaml,
    contentType: types.yaml,
    code: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 5: key "x" already set in map, unknown field "foo"',
  },
  {
    name: 'merge patch -> Invalid, with what it would make',
    line: `PATCH ${configMaps}/a?fieldValidation=Strict`,
    body: '{"foo":1,"data":{"x":"1","x":"2"}}',
    contentType: types.merge,
    code: 422,
    message:
      /^ "" is invalid: patch: Invalid value: ".*": strict decoding error: duplicate field "data.x", unknown field "foo"$/,
  },
  {
    name: 'strategic merge patch -> the same',
    line: `PATCH ${configMaps}/a?fieldValidation=Strict`,
    body: { foo: 1 },
    contentType: types.strategic,
    code: 422,
    message: /: strict decoding error: unknown field "foo"$/,
  },
  {
    name: 'JSON patch -> the same',
    line: `PATCH ${configMaps}/a?fieldValidation=Strict`,
    body: [{ op: 'add', path: '/foo', value: 1 }],
    contentType: types.json,
    code: 422,
    message: /: strict decoding error: unknown field "foo"$/,
  },
  {
    name: 'JSON patch whose test fails -> what upstream says',
    line: `PATCH ${configMaps}/a`,
    body: [{ op: 'test', path: '/data/a', value: 'other' }],
    contentType: types.json,
    code: 422,
    message: 'the server rejected our request due to an error in our request',
  },
  {
    name: 'JSON patch of too many operations -> RequestEntityTooLarge',
    line: `PATCH ${configMaps}/a`,
    body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' })),
    contentType: types.json,
    code: 413,
    message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  },
  {
    name: 'JSON patch that is no list -> BadRequest',
    line: `PATCH ${configMaps}/a`,
    body: {},
    contentType: types.json,
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  },
  {
    name: 'merge patch that is no object -> BadRequest',
    line: `PATCH ${configMaps}/a`,
    body: [],
    contentType: types.merge,
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  },
  {
    name: 'patch that makes a wrong type -> Invalid',
    line: `PATCH ${configMaps}/a`,
    body: { data: { a: 1 } },
    contentType: types.merge,
    code: 422,
    message: /^ "" is invalid: patch: Invalid value: .*cannot unmarshal number into Go struct field/,
  },
  {
    name: 'patch of another type -> UnsupportedMediaType',
    line: `PATCH ${configMaps}/a`,
    body: {},
    contentType: 'application/json',
    code: 415,
    message: /^415: Unsupported Media Type$/,
  },
  {
    name: 'force of a patch that is no apply -> Invalid',
    line: `PATCH ${configMaps}/a?force=true`,
    body: {},
    contentType: types.merge,
    code: 422,
    message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  },
  {
    name: 'an unknown fieldValidation -> Invalid',
    line: `POST ${configMaps}?fieldValidation=Loose`,
    body: {},
    code: 422,
    message:
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"',
  },
])('refused: $name', async ({ line, body, contentType = 'application/json', code, message }) => {
  const { json } = await server.call(line, body, { contentType });
  expect(json.code).toBe(code);
  if (typeof message === 'string') expect(json.message).toBe(message);
  else expect(json.message).toMatch(message);
});

test.each([
  { name: 'by default', query: '', warning: '299 - "unknown field \\"foo\\"", 299 - "duplicate field \\"data.x\\""' },
  { name: 'Ignore -> none', query: '&fieldValidation=Ignore', warning: undefined },
])('repeated and unknown fields as warnings: $name', async ({ query, warning }) => {
  const { status, headers, json } = await server.call(`POST ${configMaps}?dryRun=All${query}`, twice);
  expect([status, headers['warning'], json['data']]).toEqual([201, warning, { x: '2' }]);
});

test('a JSON patch -> as upstream applies it', async () => {
  await server.create(configMaps, configMap('j', { finalizers: ['x/a', 'x/b'] }));
  const patch = [
    { op: 'test', path: '/data/missing', value: null },
    { op: 'copy', from: '/data/a', path: '/data/b' },
    { op: 'move', from: '/data/a', path: '/data/c' },
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/x~1y', value: 'z' },
    { op: 'add', path: '/metadata/finalizers/-', value: 'x/c' },
    { op: 'replace', path: '/metadata/finalizers/0', value: 'x/z' },
    { op: 'remove', path: '/metadata/finalizers/1' },
  ];
  const { status, json } = await server.call(`PATCH ${configMaps}/j`, patch, { contentType: types.json });
  expect([status, json['data'], json.metadata.finalizers]).toEqual([200, { b: '1', c: '1' }, ['x/z', 'x/c']]);
  expect(json.metadata.annotations).toEqual({ 'x/y': 'z' });
});

// As gopkg.in/evanphx/json-patch.v4 does it; the CSI snapshotter replaces annotations that are not there.
test.each([
  { op: 'remove', path: '/data/none', status: 422 },
  { op: 'replace', path: '/data/none', status: 200 },
  { op: 'replace', path: '/metadata/annotations', value: { a: '1' }, status: 200 },
  { op: 'replace', path: '/none/of/these', status: 422 },
  { op: 'replace', path: '/metadata/finalizers/7', status: 422 },
  { op: 'test', path: '/data/none', status: 422 },
  { op: 'test', path: '/data/none', value: null, status: 200 },
  { op: 'test', path: '/none/of/these', value: null, status: 422 },
  { op: 'move', from: '/data/none', path: '/data/b', status: 422 },
])('JSON patch: $op of $path, which is not there, with $value -> $status', async ({ status, ...operation }) => {
  const metadata = { generateName: 'absent-', finalizers: ['a/b'] };
  const { name } = (await server.create(configMaps, { metadata, data: { a: '1' } })).metadata;
  const body = [{ value: '1', ...operation }];
  const answer = await server.call(`PATCH ${configMaps}/${name}?dryRun=All`, body, { contentType: types.json });
  expect(answer.status).toBe(status);
});

// Go's decoder looks at how a whole number is written, and only a strategic merge patch is applied to values.
test.each([
  { type: types.strategic, patch: (text: string) => `{"spec":{"replicas":${text}}}`, isValue: true, into: 'value' },
  { type: types.merge, patch: (text: string) => `{"spec":{"replicas":${text}}}`, isValue: false, into: 'value' },
  {
    type: types.json,
    patch: (text: string) => `[{"op":"add","path":"/spec/replicas","value":${text}}]`,
    isValue: false,
    into: 'struct field jsonPatchOp.value',
  },
])('numbers in a $type', async ({ type, patch, isValue, into }) => {
  const controllers = '/api/v1/namespaces/default/replicationcontrollers';
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'i' }] } };
  const metadata = { generateName: 'numbers-' };
  const { name } = (await server.create(controllers, { metadata, spec: { selector: { a: 'b' }, template } })).metadata;
  for (const path of [`${controllers}/${name}`, `${controllers}/${name}/scale`]) {
    const sent = (text: string) => server.call(`PATCH ${path}?dryRun=All`, patch(text), { contentType: type });
    const plain = await sent('2');
    expect([plain.status, plain.json['spec']]).toEqual([200, expect.objectContaining({ replicas: 2 })]);
    const odd = await sent('2.0');
    if (isValue) expect([odd.status, odd.json['spec']]).toEqual([200, expect.objectContaining({ replicas: 2 })]);
    else expect([odd.status, odd.json.message]).toEqual([422, expect.stringContaining('cannot unmarshal number 2.0 ')]);
    const large = await sent('1e400');
    const why = `json: cannot unmarshal number 1e400 into Go ${into} of type float64`;
    expect([large.status, large.json.message]).toEqual([400, isValue ? why : `error decoding patch: ${why}`]);
  }
});

test.each([
  ['a number too large', types.json, '[{"op":"add","path":"/data","value":1e400}]'],
  ['no JSON', types.merge, '{'],
  ['no operations', types.json, '{"a":1}'],
  ['no object', types.strategic, '[]'],
])('a patch of what is not there: %s -> not found', async (_what, contentType, patch) => {
  for (const path of ['configmaps/none', 'replicationcontrollers/none/scale']) {
    const { status, json } = await server.call(`PATCH /api/v1/namespaces/default/${path}`, patch, { contentType });
    expect([status, json.message]).toEqual([404, `${path.split('/')[0]} "none" not found`]);
  }
});

test('a configuration of a part of what is not there -> not found, before it is read', async () => {
  const type = { contentType: 'application/apply-patch+yaml' };
  for (const part of ['pods/none/status', 'replicationcontrollers/none/scale']) {
    const path = `/api/v1/namespaces/default/${part}?fieldManager=m`;
    expect((await server.call(`PATCH ${path}`, '{', type)).status).toBe(404);
  }
  const whole = await server.call('PATCH /api/v1/namespaces/default/pods/none?fieldManager=m', '{', type);
  expect([whole.status, whole.json.message]).toEqual([400, expect.stringMatching(/^error decoding YAML: /)]);
});

test('a patch that takes the version away -> no field is known any more, and no name', async () => {
  const patch = { apiVersion: null };
  const of = (how: string) =>
    server.call(`PATCH ${configMaps}/a?fieldValidation=${how}`, patch, { contentType: types.merge });
  const [warned, refused] = [await of('Warn'), await of('Strict')];
  expect(warned.json.message).toBe('the name of the object (a based on URL) was undeterminable: name must be provided');
  expect(warned.headers['warning']).toBe('299 - "unknown field \\"data\\"", 299 - "unknown field \\"metadata\\""');
  expect(refused.json.message).toMatch(/: strict decoding error: unknown field "data", unknown field "metadata"$/);
});

test('unknown fields of what a patch makes -> in the order of their names', async () => {
  const patch = { zoo: 1, metadata: { z: 1, a: 1 }, apple: 1 };
  const { headers } = await server.call(`PATCH ${configMaps}/a?dryRun=All`, patch, { contentType: types.merge });
  const fields = [...String(headers['warning']).matchAll(/field \\"([^\\]*)/g)].map(([, field]) => field);
  expect(fields).toEqual(['apple', 'metadata.a', 'metadata.z', 'zoo']);
});

test('a patch of a type that there is not -> not read, nor is its object looked for', async () => {
  for (const name of ['a', 'none'])
    expect((await server.call(`PATCH ${configMaps}/${name}`, '{', { contentType: 'text/plain' })).status).toBe(415);
});
