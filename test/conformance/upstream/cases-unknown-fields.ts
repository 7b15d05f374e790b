// Unknown and repeated fields in what a patch adds: in which order are they told, and under which paths?

import { type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';
const template = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'a', image: 'i' }] },
};
const deployment: Step = [
  `POST ${deployments}`,
  { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'x' } }, template } },
];
const first = '/spec/template/spec/containers/0';
const add = (path: string, value: unknown): object => ({ op: 'add', path, value });
const many = Object.fromEntries(Array.from({ length: 105 }, (_, index) => [`u${200 - index}`, index]));
const named = (spec: unknown): object => ({ spec: { template: { spec } } });
const twelve = (odd: object): object[] =>
  Array.from({ length: 12 }, (_, index) => ({ name: `c${index}`, image: 'i', ...odd }));

/** JSON patches whose values have fields that a container, a port or a template lacks. */
const patches: (object[] | string)[] = [
  [add(`${first}/z`, 1), add(`${first}/b`, 2)],
  [add('/z', 1), add('/b', { y: 1, a: 2 }), add('/spec/z', 1), add('/metadata/a', 1)],
  [add(first, { name: 'n', image: 'n', z: 1, b: 2, ports: [{ y: 1, containerPort: 1, a: 2 }], m: 3 })],
  [{ op: 'replace', path: first, value: { z: 1, name: 'n', b: { d: 1, c: 2 }, image: 'n' } }],
  [add(`${first}/ports`, [{ containerPort: 1, z: 1, b: 2 }])],
  // What a later operation reaches into, copies, moves or tests.
  [add(first, { z: 1, b: 2, name: 'n', image: 'n' }), add(`${first}/m`, 3)],
  [add(first, { z: 1, env: [{ y: 1, name: 'E', x: 2 }], b: 2, name: 'n' }), add(`${first}/env/0/w`, 3)],
  [add(first, { z: 1, b: 2, name: 'n' }), { op: 'copy', from: first, path: '/spec/template/spec/containers/-' }],
  [add(first, { z: 1, b: 2, name: 'n' }), { op: 'move', from: first, path: '/spec/template/spec/containers/1' }],
  [add(first, { z: 1, b: 2, name: 'n' }), { op: 'test', path: first, value: { b: 2, name: 'n', z: 1 } }],
  [
    add(first, { z: 1, env: [{ z: 1, b: 1 }], b: 2, name: 'n' }),
    { op: 'test', path: `${first}/env`, value: [{ b: 1, z: 1 }] },
  ],
  [
    add(first, { z: 1, b: 2, name: 'n' }),
    add(`${first}/m`, 3),
    { op: 'copy', from: first, path: '/spec/template/spec/containers/-' },
  ],
  [
    {
      op: 'replace',
      path: '/spec/template',
      value: { z: 1, ...template, spec: { ...template.spec, y: 1, a: 2 }, b: 2 },
    },
  ],
  [{ op: 'replace', path: '/spec/template/spec/containers', value: twelve({ z: 1 }) }],
  [add('/spec/template/spec/a', {}), add('/spec/template/spec/A', 1), add('/spec/template/spec/é', 1)],
  [add(`${first}/securityContext`, { z: 1, 'a.b': 1, a: 1, 'a-b': 1 })],
  [add(`${first}/securityContext`, many)],
  // Fields that are named twice.
  `[{"op":"add","path":"${first}","value":{"name":"n","z":1,"name":"m","b":2,"image":"i","z":3}}]`,
  `[{"op":"add","path":"${first}","value":{"z":{"y":1,"y":2},"name":"n","image":"i","name":"m"}}]`,
  `[{"op":"add","path":"${first}","value":{"name":"n","image":"i","ports":[{"containerPort":1,"containerPort":2}]}}]`,
  `[{"op":"add","path":"${first}","value":{"name":"n","image":"i","image":"j"}},{"op":"add","path":"${first}/z","value":1}]`,
  `[{"op":"add","op":"add","path":"${first}/z","value":1,"odd":1}]`,
  `[{"op":"add","path":"/metadata/labels","value":{"b":"1","a":"2","b":"3"}}]`,
  `[{"op":"add","path":"${first}/z","value":1,"value":{"a":1}}]`,
  `[{"op":"remove","path":"/spec/replicas","value":{"a":1,"a":2}}]`,
];

/** The same of other patches, which are merged. */
const merged: (object | string)[] = [
  { z: 1, b: 2, spec: { z: 1, b: 2, template: { z: 1, spec: { b: 1 } } } },
  named({ containers: [{ name: 'a', image: 'i', z: 1, b: 2, ports: [{ y: 1, containerPort: 1, a: 2 }], m: 3 }] }),
  named({ containers: twelve({ z: 1, b: 1 }) }),
  named({ securityContext: { z: 1, 'a.b': 1, a: 1, 'a-b': 1 }, a: {}, A: 1 }),
  named({ securityContext: many }),
  `{"spec":{"paused":true,"z":1,"paused":false,"b":2}}`,
];

const dryRun = (validation: string): string => `PATCH ${deployments}/d?dryRun=All&fieldValidation=${validation}`;

export const unknownFieldCases: Case[] = ['Strict', 'Warn'].flatMap((validation): Case[] => [
  {
    name: `unknown fields in JSON patches: ${validation}`,
    steps: [deployment, ...patches.map((patch): Step => [dryRun(validation), patch, jsonPatch])],
  },
  {
    name: `unknown fields in merge patches: ${validation}`,
    steps: [deployment, ...merged.map((patch): Step => [dryRun(validation), patch, merge])],
  },
  {
    name: `unknown fields in strategic merge patches: ${validation}`,
    steps: [deployment, ...merged.map((patch): Step => [dryRun(validation), patch, strategic])],
  },
  {
    name: `many unknown fields in a body: ${validation}`,
    steps: [[`POST ${deployments}?dryRun=All&fieldValidation=${validation}`, { metadata: { name: 'e' }, ...many }]],
  },
]);

const widgets = '/apis/example.com/v1/namespaces/{ns}/widgets';
const widget = (spec: object, more: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { size: 1, ...spec },
  ...more,
});
const entries = Array.from({ length: 12 }, (_, index) => ({ k: `k${index}`, z: 1, b: 2 }));
const widgetOperations = [
  [add('/spec/nest', { z: 1, a: 'x', b: 2, c: { d: 1 } })],
  [add('/spec/map', entries)],
  [add('/z', 1), add('/metadata/labels', { b: '1' }), add('/metadata/odd', 1), add('/a', 1)],
  [add('/metadata', { name: 'w', z: 1, b: 1 })],
  '[{"op":"add","path":"/spec/nest","value":{"z":1,"a":"x","b":2,"a":"y","z":2},"odd":1}]',
  '[{"op":"add","path":"/spec/any","value":{"z":1,"z":2}},{"op":"add","path":"/spec/nest/z","value":1}]',
];
const widgetBodies = [
  widget({ z: 1, nest: { z: 1, a: 'x', b: 2, c: 1 }, b: 1, map: entries, size: 2 }, { z: 1, a: 1 }),
  '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","z":1,"b":1},"z":1,"spec":{"z":1,"size":2,"size":1,"b":1,"b":2}}',
];

/** Of a resource that a client defines, whose unknown fields are found by its schema. */
export const widgetPatches: Case[] = ['Strict', 'Warn'].map((validation) => {
  const query = `?dryRun=All&fieldValidation=${validation}`;
  return {
    name: `unknown fields of widgets: ${validation}`,
    steps: [
      [`POST ${widgets}`, widget({})],
      ...widgetOperations.map((patch): Step => [`PATCH ${widgets}/w${query}`, patch, jsonPatch]),
      ...widgetBodies.flatMap((body): Step[] => [
        [`POST ${widgets}${query}`, body],
        [`PUT ${widgets}/w${query}`, body],
        [`PATCH ${widgets}/w${query}`, body, merge],
      ]),
    ],
  };
});
