// What does a client get that asks for YAML or protobuf, and what of a body in protobuf with fields from the future?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { decodeProtobuf } from '../apimachinery/protobuf/decode.ts';
import { encodeProtobuf } from '../apimachinery/protobuf/encode.ts';
import { admin, configMap, paths, startTestServer, type TestServer } from './testing.ts';
import { writingFor } from './transcode.ts';
import type { ApiResponse } from './types.ts';
import { goTags } from './yaml-scalars.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { configMaps } = paths;
const protobuf = 'application/vnd.kubernetes.protobuf';

async function get(path: string, accept: string): Promise<{ response: ApiResponse; bytes: Buffer }> {
  const request = { method: 'GET', path, headers: { accept }, body: undefined, user: admin };
  const response = await server.apiServer.handle(request, new AbortController());
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { response, bytes: Buffer.concat(chunks) };
}

test.each([
  { name: 'a program -> one line', want: 'json' },
  { name: 'curl -> indented', agent: 'curl/8', want: 'indented' },
  { name: 'curl that wants none -> one line', agent: 'curl/8', query: 'pretty=0', want: 'json' },
  { name: 'curl with an empty wish -> indented', agent: 'curl/8', query: 'pretty=', want: 'indented' },
  { name: 'a program that wants it -> indented', query: 'pretty=true', want: 'indented' },
  { name: 'a wish that is no boolean -> one line', agent: 'curl/8', query: 'pretty=yes', want: 'json' },
  { name: 'a wish beside the type -> indented', accept: 'application/json;pretty=1', want: 'indented' },
  { name: 'YAML -> YAML', agent: 'curl/8', accept: 'application/yaml', want: 'yaml' },
])('writingFor: $name', ({ agent, query, accept, want }) => {
  const headers = { ...(agent && { 'user-agent': agent }), ...(accept && { accept }) };
  expect(writingFor({ headers }, new URLSearchParams(query))).toBe(want);
});

test('an answer that is indented -> the same values on many lines, but for a document', async () => {
  await server.create(configMaps, configMap('c'));
  const [line, lines] = await Promise.all(
    ['', '?pretty=true'].map(async (query) =>
      (await get(`${configMaps}/c${query}`, 'application/json')).bytes.toString(),
    ),
  );
  expect(lines).toBe(JSON.stringify(JSON.parse(line ?? ''), undefined, 2));
  expect(line).toMatch(/^\{"kind":.*\}\n$/);
  expect((await get('/openapi/v3?pretty=true', 'application/json')).bytes.toString()).toMatch(/^\{"paths".*\}$/);
});

test('YAML and protobuf -> the same object, list, refusal and discovery as in JSON', async () => {
  await server.create(configMaps, { ...configMap('c'), data: { word: 'yes', number: '1', empty: '' } });
  for (const path of [`${configMaps}/c`, configMaps, `${configMaps}/nope`, '/api/v1', '/apis/apps', '/apis']) {
    const json = JSON.parse((await get(path, 'application/json')).bytes.toString()) as unknown;
    const yaml = await get(path, 'application/yaml');
    expect(yaml.response.headers['content-type']).toBe('application/yaml');
    expect(parse(yaml.bytes.toString(), { customTags: goTags })).toEqual(json);
    const binary = await get(path, protobuf);
    expect(binary.response.headers['content-type']).toBe(protobuf);
    const { kind } = decodeProtobuf(binary.bytes);
    expect(kind).toBe((json as { kind: string }).kind);
  }
  const list = decodeProtobuf((await get(configMaps, protobuf)).bytes);
  expect(list).toMatchObject({
    items: [{ metadata: { name: 'c' }, data: { word: 'yes', number: '1', empty: '' } }],
  });
});

test.each([
  { name: 'Strict -> refused', query: '?fieldValidation=Strict', code: 400, warning: undefined },
  { name: 'Warn -> warned of', query: '', code: 201, warning: '299 - "unknown field \\"#900\\""' },
  { name: 'Ignore -> ignored', query: '?fieldValidation=Ignore', code: 201, warning: undefined },
])('a protobuf field that nobody knows: $name', async ({ query, code, warning }) => {
  const known = encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }) as Uint8Array;
  // The raw part, field 2 of the Unknown, with field 900 put behind: its length, at a known place, grows by three.
  const body = Buffer.from(known);
  const raw = 4 + 2 + (body[5] as number);
  body[raw + 1] = (body[raw + 1] as number) + 3;
  const end = raw + 2 + (body[raw + 1] as number) - 3;
  const request = {
    method: 'POST',
    path: `${configMaps}${query}`,
    headers: { 'content-type': protobuf, accept: 'application/json' },
    body: Buffer.concat([body.subarray(0, end), Buffer.from([0xa0, 0x38, 1]), body.subarray(end)]),
    user: admin,
  };
  const response = await server.apiServer.handle(request, new AbortController());
  expect(response.status).toBe(code);
  expect(response.headers['warning']).toBe(warning);
});
