// Patches of scales: how a number of replicas is written, and what stands in its place.

import { type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const apps = '/apis/apps/v1/namespaces/{ns}';
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'i' }] } };
const selector = { matchLabels: { app: 'x' } };

const scaled: Record<string, { path: string; spec: object }> = {
  'a deployment': { path: `${apps}/deployments`, spec: { replicas: 3, selector, template } },
  'a StatefulSet': { path: `${apps}/statefulsets`, spec: { replicas: 3, selector, template, serviceName: 's' } },
  'a ReplicationController': {
    path: '/api/v1/namespaces/{ns}/replicationcontrollers',
    spec: { replicas: 3, selector: selector.matchLabels, template },
  },
};

const values = [
  '2',
  '2.0',
  '1e1',
  '2.5',
  '"2"',
  '1e400',
  '-1e400',
  '2147483648',
  '1e10',
  '1e21',
  '4294967297',
  '-0.0',
  '-1',
  'null',
  'true',
  '{}',
  '[]',
  '0',
  '0e1',
  '20e-1',
  '1E0',
];
const replicas = values.map((text) => `"replicas":${text}`);
const specs = [
  ...replicas.map((text) => `{${text}}`),
  '{}',
  'null',
  '5',
  '[]',
  '"x"',
  '{"replicas":1,"replicas":2}',
  '{"odd":1,"a":2}',
  '{"replicas":2.0,"odd":1e400}',
  '{"Replicas":2}',
  '{"$patch":"delete"}',
  '{"$patch":"replace","replicas":4}',
  '{"$retainKeys":["replicas"],"replicas":4}',
];
const bodies = [
  ...specs.map((text) => `{"spec":${text}}`),
  '{}',
  'null',
  '[]',
  '5',
  '{"status":{"replicas":2.0}}',
  '{"status":{"replicas":2.5}}',
  '{"status":{"replicas":"2"}}',
  '{"status":null}',
  '{"metadata":{"generation":1.0}}',
  '{"metadata":{"generation":1.5}}',
  '{"metadata":{"name":"o"}}',
  '{"metadata":null}',
  '{"metadata":5}',
  '{"kind":"X"}',
  '{"apiVersion":"v2"}',
  '{"kind":5}',
  '{"odd":1,"a":1}',
  '{"metadata":{"resourceVersion":"1"}}',
  '{"metadata":{"uid":"u"}}',
  '{"metadata":{"labels":{"a":"b"}}}',
];
const operations = [
  ...values.flatMap((text) => [
    `[{"op":"replace","path":"/spec/replicas","value":${text}}]`,
    `[{"op":"add","path":"/spec","value":{"replicas":${text}}}]`,
  ]),
  ...['2', '3', '3.0', '3e0', '"3"'].map((text) => `[{"op":"test","path":"/spec/replicas","value":${text}}]`),
  '[{"op":"remove","path":"/spec/replicas"}]',
  '[{"op":"remove","path":"/spec"}]',
  '[{"op":"add","path":"/spec/replicas"}]',
  '[{"op":"add","path":"/spec/odd","value":1},{"op":"add","path":"/a","value":1}]',
  '[{"op":"add","path":"/spec","value":{"z":1,"replicas":2,"b":1}}]',
  '[{"op":"copy","from":"/status/replicas","path":"/spec/replicas"}]',
  '[{"op":"remove","path":"/status"}]',
  '[{"op":"remove","path":"/kind"}]',
  '[{"op":"remove","path":"/apiVersion"}]',
  '[{"op":"remove","path":"/metadata"}]',
  '[{"op":"replace","path":"","value":{}}]',
  '[]',
];

const patched = (line: string): Step[] => [
  ...bodies.flatMap((text): Step[] => [
    [line, text, merge],
    [line, text, strategic],
  ]),
  ...operations.map((text): Step => [line, text, jsonPatch]),
];

export const scaleCases: Case[] = Object.entries(scaled).map(([what, { path, spec }]) => ({
  name: `patches of the scale of ${what}`,
  steps: [
    [`POST ${path}`, { metadata: { name: 'd' }, spec }],
    ...patched(`PATCH ${path}/d/scale?dryRun=All`),
    ...bodies.map((text): Step => [`PATCH ${path}/d/scale?dryRun=All&fieldValidation=Strict`, text, merge]),
    ...operations.map((text): Step => [`PATCH ${path}/d/scale?dryRun=All&fieldValidation=Strict`, text, jsonPatch]),
    // Without a dry run.
    [`PATCH ${path}/d/scale`, '{"spec":{"replicas":2.0}}', merge],
    [`PATCH ${path}/d/scale`, '{"spec":{"replicas":20e-1}}', strategic],
    [`PATCH ${path}/d/scale`, '[{"op":"replace","path":"/spec/replicas","value":5.0}]', jsonPatch],
    `GET ${path}/d`,
  ],
}));

const widgets = '/apis/example.com/v1/namespaces/{ns}/widgets';

/** Scales of a resource that a client defines. */
export const widgetScales: Case = {
  name: 'patches of the scale of a widget',
  steps: [
    [
      `POST ${widgets}`,
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 's' }, spec: { size: 5 }, status: {} },
    ],
    ...patched(`PATCH ${widgets}/s/scale?dryRun=All`),
  ],
};
