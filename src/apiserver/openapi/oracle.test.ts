import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startTestServer } from '../testing.ts';

const oracleFile = join(import.meta.dirname, '../../../../shared/data/kubernetes-1.36-swagger.json.gz');
const absent = `the reference document is not at ${oracleFile}`;

type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  in: string;
  type?: string;
  required?: boolean;
  schema?: Json;
  $ref?: string;
}
interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Json }>; required?: boolean };
  responses: Record<string, { schema?: Json; content?: Record<string, { schema: Json }> }>;
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: Json;
}
type PathItem = Record<string, Operation> & { parameters?: Parameter[] };
interface Document {
  definitions: Record<string, Json>;
  components: { schemas: Record<string, Json> };
  parameters?: Record<string, Parameter>;
  paths: Record<string, PathItem>;
}

/** What upstream has and this server has not, and why. An entry that no difference needs is an error. */
const acceptedPaths: { pattern: RegExp; why: string }[] = [
  { pattern: /\/watch\//, why: 'the old spelling of ?watch=true: served, but not described twice' },
  { pattern: /\/componentstatuses/, why: 'deprecated upstream since 1.19; there are no components to report on' },
  { pattern: /\/v\d\/$/, why: 'discovery is no resource of its group version' },
  {
    pattern: /^(?:post|put|patch|delete) \/apis\/apiregistration|apiservices\/\{name\}\/status$/,
    why: 'APIServices are computed: there is no aggregation',
  },
];
const acceptedSchemas: Record<string, string> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'version 3 says that it may be a number',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'version 3 says that it may be a number',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions': 'its list of kinds follows the groups that a server has',
};

function readOracle(): Document {
  const text = gunzipSync(readFileSync(oracleFile)).toString();
  return JSON.parse(text.replaceAll('"#/definitions/', '"#/components/schemas/')) as Document;
}

/** Every document of the index that the oracle has too. */
async function servedDocuments(oracle: Document): Promise<Map<string, Document>> {
  const server = await startTestServer();
  try {
    const { json } = await server.call('GET /openapi/v3');
    const index = Object.entries(json['paths'] as Record<string, { serverRelativeURL: string }>);
    const upstream = index.filter(([key]) => oracle.paths[`/${key}/`]);
    const documents = new Map<string, Document>();
    for (const [key, { serverRelativeURL }] of upstream) {
      documents.set(key, (await server.call(`GET ${serverRelativeURL}`)).json as unknown as Document);
    }
    return documents;
  } finally {
    await server.stop();
  }
}

/** Descriptions differ in line breaks, unions are notes of old generators, and version 3 has defaults, choices, and wraps references that have company. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, ...rest } = value as Json;
  const entries = Object.entries({ ...rest, ...(Array.isArray(allOf) && (allOf[0] as Json)) }).filter(
    ([key, inner]) =>
      key !== 'x-kubernetes-unions' &&
      !(key === 'description' && typeof inner === 'string') &&
      !(key === 'default' && !isSchema(inner)),
  );
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      key === 'required' && Array.isArray(inner) ? inner.map(String).toSorted() : comparable(inner),
    ]),
  );
}

/** A property of the name `default` is none. */
function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

interface Signature {
  id: string;
  action: string | undefined;
  gvk: unknown;
  query: string[];
  body: string | undefined;
  answers: string[];
}

/** What an operation of either version asks and gives. */
function signatureOf(operation: Operation, item: PathItem, shared: Record<string, Parameter>): Signature {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
    parameter.$ref ? (shared[parameter.$ref.slice('#/parameters/'.length)] as Parameter) : parameter,
  );
  const bodyV2 = parameters.find((parameter) => parameter.in === 'body');
  const [bodyV3] = Object.values(operation.requestBody?.content ?? {});
  const isRequired = bodyV2?.required ?? operation.requestBody?.required ?? false;
  const body = bodyV2?.schema ?? bodyV3?.schema;
  return {
    id: operation.operationId,
    action: operation['x-kubernetes-action'],
    gvk: operation['x-kubernetes-group-version-kind'],
    query: parameters
      .filter((parameter) => parameter.in !== 'body')
      .map(({ name, in: place, type, schema }) => `${place} ${name} ${type ?? String(schema?.['type'])}`)
      .toSorted(),
    body: body && `${String(body['$ref'])} ${isRequired}`,
    answers: Object.entries(operation.responses).map(([code, { schema, content }]) => {
      const answer = schema ?? Object.values(content ?? {})[0]?.schema;
      return `${code} ${String(answer?.['$ref'] ?? answer?.['type'])}`;
    }),
  };
}

function operationsOf({ paths, parameters }: Document, prefix: string): Map<string, Signature> {
  const found = new Map<string, Signature>();
  for (const [path, item] of Object.entries(paths).filter(([each]) => each.startsWith(prefix))) {
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters') continue;
      found.set(`${method} ${path}`, signatureOf(operation as Operation, item, parameters ?? {}));
    }
  }
  return found;
}

test('every served schema of upstream equals that of Kubernetes 1.36', async (context) => {
  if (!existsSync(oracleFile)) context.skip(absent);
  const oracle = readOracle();
  const documents = await servedDocuments(oracle);
  expect(documents.size).toBeGreaterThanOrEqual(18);
  const seen = new Set<string>();
  for (const { components } of documents.values()) {
    for (const [name, schema] of Object.entries(components.schemas)) {
      seen.add(name);
      if (acceptedSchemas[name]) continue;
      expect.soft(comparable(schema), name).toEqual(comparable(oracle.definitions[name]));
    }
  }
  expect(Object.keys(acceptedSchemas).filter((name) => !seen.has(name))).toEqual([]);
});

test('every served operation of upstream is described as by Kubernetes 1.36, and none is left out without a reason', async (context) => {
  if (!existsSync(oracleFile)) context.skip(absent);
  const oracle = readOracle();
  const unused = new Set(acceptedPaths.map(({ why }) => why));
  for (const [key, document] of await servedDocuments(oracle)) {
    const served = operationsOf(document, `/${key}/`);
    const wanted = operationsOf(oracle, `/${key}/`);
    for (const [name, signature] of served) {
      expect.soft(signature, name).toEqual(wanted.get(name));
    }
    for (const name of wanted.keys()) {
      if (served.has(name)) continue;
      const accepted = acceptedPaths.find(({ pattern }) => pattern.test(name));
      expect.soft(accepted, name).toBeDefined();
      if (accepted) unused.delete(accepted.why);
    }
  }
  expect([...unused]).toEqual([]);
});

test('the document of version 2 -> the schemas and operations of Kubernetes 1.36, as far as they are served', async (context) => {
  if (!existsSync(oracleFile)) context.skip(absent);
  const oracle = readOracle();
  const server = await startTestServer();
  const { json } = await server.call('GET /openapi/v2');
  await server.stop();
  const document = JSON.parse(
    JSON.stringify(json).replaceAll('"#/definitions/', '"#/components/schemas/'),
  ) as unknown as Document;
  const upstream = Object.keys(document.definitions).filter(
    (name) => oracle.definitions[name] && !acceptedSchemas[name],
  );
  expect(upstream.length).toBeGreaterThan(480);
  for (const name of upstream)
    expect.soft(comparable(document.definitions[name]), name).toEqual(comparable(oracle.definitions[name]));
  const served = operationsOf(document, '/');
  const wanted = operationsOf(oracle, '/');
  const shared = [...served.keys()].filter((name) => wanted.has(name));
  expect(shared.length).toBeGreaterThan(480);
  for (const name of shared) expect.soft(served.get(name), name).toEqual(wanted.get(name));
});
