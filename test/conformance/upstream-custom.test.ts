// Is a resource that a client defines served as upstream serves it? Objects of one definition go to a real kube-apiserver too.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, comparable, differences, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { celExpressions, definitionWithRule, knownExpressions, policyWithRule } from './upstream/cases-cel.ts';
import { customNumbers } from './upstream/cases-numbers.ts';
import { widgetScales } from './upstream/cases-scales.ts';
import { widgetPatches } from './upstream/cases-unknown-fields.ts';
import { answersOf, apply, jsonPatch, merge } from './upstream/exchange.ts';
import { asVersionThree, comparableDocument, knownPlaces } from './upstream/openapi.ts';
import { oddSpecs, specsWithNull, widgetDefinition, widgetValues } from './upstream/widgets.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const betaWidgets = '/apis/example.com/v1beta1/namespaces/default/widgets';
const widgetDocument = '/openapi/v3/apis/example.com/v1';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const apiVersion = 'example.com/v1';
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
const widget = (name: string, spec: object, more: object = {}): object => ({
  apiVersion,
  kind: 'Widget',
  metadata: { name },
  spec: { size: 1, ...spec },
  ...more,
});
const whole = {
  size: 3,
  list: ['a', 'b'],
  set: ['x', 'y'],
  map: [{ k: 'a', v: 1 }, { k: 'b' }],
  dict: { a: 1 },
  imm: 'x',
  opt: 3,
  when: '2021-01-01T00:00:00Z',
  share: 0.5,
  cel: { a: 1, b: 2 },
  name: 'ab',
};
const unqualified = ['x', 'a.b', 'a.b/c', 'orphan', 'a_b'];
const select = (fields: string): string => `GET ${widgets}?fieldSelector=${encodeURIComponent(fields)}`;
const unknown = widget('w', { unknown: 1, nest: { z: 1 } }, { top: 1, metadata: { name: 'w', foo: 1 } });

/** Sent one after the other. */
const steps: [line: string, body?: unknown, headers?: Record<string, string>][] = [
  ...['Strict', 'Ignore', 'Warn'].map((how): [string, object] => [
    `POST ${widgets}?dryRun=All&fieldValidation=${how}`,
    unknown,
  ]),
  [`POST ${widgets}?dryRun=All`, { apiVersion, kind: 'Widget', metadata: { name: 'w' } }],
  [`POST ${widgets}?dryRun=All`, widget('w', {}, { metadata: { name: 'w', finalizers: unqualified } })],
  ...oddSpecs.map((spec): [string, object] => [
    `POST ${widgets}?dryRun=All`,
    { apiVersion, kind: 'Widget', metadata: { name: 'w' }, spec },
  ]),
  [`POST ${widgets}?dryRun=All`, widget('w', {}, { status: { phase: 'C' } })],
  [`POST ${widgets}?dryRun=All`, widget('w', {}, { kind: 'X' })],
  // A kind in another case is none, but must be a text as any other.
  ...['', '&fieldValidation=Strict', '&fieldValidation=Ignore'].flatMap((how) =>
    ['Other', 7].map((KIND): [string, object] => [`POST ${widgets}?dryRun=All${how}`, widget('w', {}, { KIND })]),
  ),
  [`POST ${widgets}`, widget('w', whole)],
  [
    `POST ${widgets}`,
    widget('w2', { size: 2, color: 'green', on: false }, { metadata: { name: 'w2', labels: { a: 'b' } } }),
  ],
  ...[
    { metadata: { finalizers: ['more', 'a.b/c'] } },
    { spec: { imm: 'y' } },
    { spec: { opt: 1 } },
    { spec: { opt: 9 } },
    { spec: { size: 50 } },
    { spec: { zzz: 1 } },
    { status: { phase: 'A' } },
    { spec: { set: ['x', 'x'] } },
    { spec: { map: [{ k: 'a' }, { k: 'a' }] } },
    { spec: { color: null } },
    { spec: null },
    { metadata: { labels: { x: 'bad value!' } } },
  ].map((patch): [string, object, Record<string, string>] => [`PATCH ${widgets}/w?dryRun=All`, patch, merge]),
  [
    `PATCH ${widgets}/w/status`,
    { status: { phase: 'A', replicas: 2, selector: 'a=b', zzz: 1 }, spec: { size: 9 } },
    merge,
  ],
  [`GET ${widgets}/w/scale`],
  [`PATCH ${widgets}/w/scale`, { spec: { replicas: 5 } }, merge],
  [`PATCH ${widgets}/w/scale`, { spec: { replicas: 50 } }, merge],
  [`PATCH ${widgets}/w/scale`, { spec: { replicas: -1 } }, merge],
  [`PATCH ${widgets}/w?dryRun=All`, [{ op: 'replace', path: '/spec/size', value: 20 }], jsonPatch],
  [`GET ${betaWidgets}/w`],
  [`GET ${betaWidgets}`],
  ['GET /apis/example.com/v1alpha1/namespaces/default/widgets'],
  [`GET ${widgets}`, undefined, table],
  [`GET ${widgets}/w`, undefined, table],
  [`GET ${widgets}`, undefined, partial],
  ...[
    'spec.color=green',
    'spec.size=5',
    'spec.on=false',
    'spec.name=ab',
    'spec.color!=red',
    'spec.on=true,spec.size=5',
  ].map((fields): [string] => [select(fields)]),
  ['GET /apis/example.com'],
  ['GET /apis/example.com/v1'],
  ['GET /apis/example.com/v1beta1'],
  [`PATCH ${widgets}/a1?fieldManager=m1`, widget('a1', { size: 2, map: [{ k: 'a', v: 1 }], set: ['a'] }), apply],
  [
    `PATCH ${widgets}/a1?fieldManager=m2`,
    { apiVersion, kind: 'Widget', metadata: { name: 'a1' }, spec: { map: [{ k: 'b', v: 1 }], set: ['b'] } },
    apply,
  ],
  [`PATCH ${widgets}/a1?fieldManager=m2`, widget('a1', { size: 4, map: [{ k: 'a', v: 2 }] }), apply],
  [`PATCH ${widgets}/a1?fieldManager=m2`, widget('a1', { map: [{ v: 2 }] }), apply],
  // A null where none is allowed is as good as nothing in an object that is sent, and wrong in what is applied.
  ...specsWithNull.flatMap((spec): [string, object, Record<string, string>?][] => [
    [`POST ${widgets}?dryRun=All`, widget('n', spec)],
    [`PATCH ${widgets}/n?dryRun=All&fieldManager=m1`, widget('n', spec), apply],
    [`PATCH ${widgets}/a1?dryRun=All&fieldManager=m3&force=true`, widget('a1', spec), apply],
  ]),
  [`DELETE ${widgets}/w2`],
  // What the stored version does not know is not kept, and what was valid by another version may stay.
  [
    `POST ${betaWidgets}`,
    { apiVersion: 'example.com/v1beta1', kind: 'Widget', metadata: { name: 'w3' }, spec: { size: 99, foo: 1 } },
  ],
  [`GET ${widgets}/w3`],
  [`PATCH ${widgets}/w3`, { spec: { size: 98 } }, merge],
];

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
    const made = await servers.both('POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition);
    expect([made.ours.status, made.upstream.status]).toEqual([201, 201]);
    await vi.waitFor(
      async () => {
        const { ours, upstream } = await servers.both(`GET ${widgets}`);
        expect([ours.status, upstream.status]).toEqual([200, 200]);
      },
      { timeout: 30_000, interval: 100 },
    );
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(Object.entries(widgetValues))('values of the field %s are answered alike', async (field, values) => {
    for (const value of values) {
      const pair = await servers.both(`POST ${widgets}?dryRun=All`, widget('w', { [field]: value }));
      expect({ value, found: differences(comparable(pair.ours), comparable(pair.upstream)) }).toEqual({
        value,
        found: [],
      });
    }
  });

  test.each(['small', 'port', 'free'])('bare numbers of the field %s are answered alike', async (field) => {
    for (const number of customNumbers) {
      const body = JSON.stringify(widget('w', { [field]: 'number' })).replace('"number"', number);
      const pair = await servers.both(`POST ${widgets}?dryRun=All`, body);
      const found = differences(comparable(pair.ours), comparable(pair.upstream));
      expect({ number, found }).toEqual({ number, found: [] });
    }
  });

  test.each([...widgetPatches, widgetScales])('$name are answered alike', async (one) => {
    const [ours, upstream] = await Promise.all(
      [servers.ours, servers.upstream].map((call) => answersOf(call, one, 'u')),
    );
    expect(ours).toEqual(upstream);
  });

  test.each(Object.entries(celExpressions))(
    'expressions are taken and refused alike: %s',
    async (about, expressions) => {
      const different: string[] = [];
      for (const each of expressions) {
        const rule = await servers.both(`POST ${definitions}?dryRun=All`, definitionWithRule(each));
        const policy = await servers.both(`POST ${policies}?dryRun=All`, policyWithRule(each));
        const found = [rule, policy].flatMap(({ ours, upstream }) => differences(told(ours), told(upstream)));
        if (found.length > 0) different.push(each);
      }
      expect({ about, different }).toEqual({ about, different: knownExpressions[about] ?? [] });
    },
    120_000,
  );

  test('documents of OpenAPI describe the same', async () => {
    // Upstream describes a new resource a while after it serves it.
    await vi.waitFor(async () => expect((await servers.upstream(`GET ${widgetDocument}`)).status).toBe(200), {
      timeout: 30_000,
      interval: 300,
    });
    const index = await servers.both('GET /openapi/v3');
    expect(index.ours.headers['content-type']).toBe(index.upstream.headers['content-type']);
    const pathsOf = ({ json }: ApiAnswer): string[] => Object.keys(json?.['paths'] ?? {});
    const described = pathsOf(index.upstream).filter((path) => /^apis?\/(?:.*\/)?v\d\w*$/.test(path));
    const missing = described.filter((path) => !pathsOf(index.ours).includes(path));
    expect(missing.filter((path) => !/^apis\/(?:resource|flowcontrol\.apiserver)\.k8s\.io\//.test(path))).toEqual([]);
    const found: string[] = [];
    for (const path of described.filter((each) => !missing.includes(each))) {
      const pair = await servers.both(`GET /openapi/v3/${path}`);
      const places = differences(comparableDocument(pair.ours.json), comparableDocument(pair.upstream.json));
      found.push(...places.map((place) => `${path} ${place}`));
    }
    const { ours, upstream } = await servers.both('GET /openapi/v2');
    const [here, there] = [ours, upstream].map(({ json }) => comparableDocument(asVersionThree(json ?? {})));
    found.push(...differences(here, there).map((place) => `openapi/v2 ${place}`));
    expect(found.filter((each) => !knownPlaces.some(({ place }) => place.test(each)))).toEqual([]);
    const idle = knownPlaces.filter(
      ({ place, why: reason }) => !reason.includes('as it happens') && !found.some((each) => place.test(each)),
    );
    expect(idle).toEqual([]);
  }, 60_000);

  test('a life of definitions is answered alike', async () => {
    const at = (name: string, query = ''): string => `${definitions}/${name}${query}`;
    const storesV2 = [
      { op: 'replace', path: '/spec/versions/0/storage', value: false },
      { op: 'replace', path: '/spec/versions/1/storage', value: true },
    ];
    const lives: [line: string, body?: unknown, headers?: Record<string, string>][] = [
      ['POST', plainDefinition('gadgets', { kind: 'Widget' })],
      ['POST', plainDefinition('gizmos', { kind: 'Gizmo', shortNames: ['widget', 'widgets'], singular: 'widget' })],
      ['POST', plainDefinition('as', { kind: 'A' }, { group: 'x.k8s.io', approval: 'https://a/b' })],
      ['POST', plainDefinition('bs', { kind: 'B' }, { group: 'x.k8s.io', approval: 'unapproved, x' })],
      ['POST', plainDefinition('cs', { kind: 'C' })],
      ...['gadgets.example.com', 'gizmos.example.com', 'as.x.k8s.io', 'bs.x.k8s.io', 'cs.example.com'].map(
        (name): [string] => [`GET ${at(name)}`],
      ),
      [`PATCH ${at('cs.example.com')}`, storesV2, jsonPatch],
      [`PATCH ${at('cs.example.com', '/status')}`, { status: { acceptedNames: { kind: '-', plural: 'A' } } }, merge],
      [`PATCH ${at('cs.example.com', '/status')}`, { status: { storedVersions: ['v2'] } }, merge],
      [`PATCH ${at('cs.example.com')}`, [{ op: 'remove', path: '/spec/versions/0' }], jsonPatch],
      [`PATCH ${at('cs.example.com')}`, { spec: { names: { shortNames: ['c1'], categories: ['all'] } } }, merge],
      [`GET ${at('cs.example.com')}`],
    ];
    for (const [line, body, headers] of lives) {
      const request = line === 'POST' ? `POST ${definitions}` : line;
      const send = (): ReturnType<BothServers['both']> => servers.both(request, body, headers);
      const compared = async (): Promise<string[]> => {
        const { ours, upstream } = await send();
        return differences(withoutOrder(ours), withoutOrder(upstream));
      };
      // What the servers write themselves comes a moment later.
      if (line.startsWith('GET')) await vi.waitFor(async () => expect(await compared()).toEqual([]), 5_000);
      else expect({ line, found: await compared() }).toEqual({ line, found: [] });
    }
  }, 60_000);

  test('a life of widgets is answered alike', async () => {
    for (const [line, body, headers] of steps) {
      const pair = await servers.both(line, body, headers);
      expect({ line, body, found: differences(comparable(pair.ours), comparable(pair.upstream)) }).toEqual({
        line,
        body,
        found: [],
      });
    }
  }, 60_000);
});

/** A definition of two versions, of which the first is stored. */
function plainDefinition(
  plural: string,
  names: object,
  { group = 'example.com', approval = '' }: { group?: string; approval?: string } = {},
): object {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = ['v1', 'v2'].map((name, i) => ({ name, served: true, storage: i === 0, schema }));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      ...(approval && { annotations: { 'api-approved.kubernetes.io': approval } }),
    },
    spec: { group, scope: 'Namespaced', names: { plural, ...names }, versions },
  };
}

/** Which of upstream's controllers is the first to write a condition is decided by chance. */
function withoutOrder(answer: ApiAnswer): unknown {
  const { status } = (answer.json ?? {}) as { status?: { conditions?: { type: string }[] } };
  if (typeof status === 'object') status.conditions?.sort((a, b) => (a.type < b.type ? -1 : 1));
  return comparable(answer);
}

/** Types of objects have no name here; upstream's have one by chance. */
function told(answer: ApiAnswer): unknown {
  const text = answer.text.replace(/selfType\d+(?:\.[\w@]+)*/g, 'object');
  return comparable({ ...answer, text, json: JSON.parse(text) as Record<string, unknown> });
}
