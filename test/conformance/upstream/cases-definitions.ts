// Patches of definitions of custom resources, whose schemas hold schemas by name, in lists, and in places that may hold a boolean.

import { apply, type Case, merge, type Step, strategic } from './exchange.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const text = { type: 'string' };
const name = 'things.patched.example.com';
const versions = (properties: object, more: object = {}): object[] => [
  { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } }, ...more },
];
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name },
  spec: {
    group: 'patched.example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: versions({ spec: { type: 'object', properties: { a: text } } }),
  },
};
const unknown = { type: 'string', odd: 1 };

const patches: object[] = [
  { spec: { odd: 1, names: { odd: 1 } } },
  { spec: { versions: versions({ a: unknown }) } },
  { spec: { versions: versions({ b: { type: 'object', properties: { c: unknown, d: unknown } }, a: unknown }) } },
  { spec: { versions: versions({ a: { type: 'array', items: unknown } }) } },
  { spec: { versions: versions({ a: { type: 'object', additionalProperties: unknown } }) } },
  { spec: { versions: versions({ a: { ...text, allOf: [{ odd: 1 }], not: { odd: 2 } } }) } },
  { spec: { versions: versions({ a: { ...text, enum: [{ odd: 1 }], default: { odd: 1 } } }) } },
  {
    spec: {
      versions: versions({ a: { ...text, externalDocs: { odd: 1 }, 'x-kubernetes-validations': [{ odd: 1 }] } }),
    },
  },
  { spec: { versions: versions({ a: text }, { odd: 1, subresources: { status: { odd: 1 }, scale: { odd: 1 } } }) } },
  {
    spec: {
      versions: versions({ a: text }, { additionalPrinterColumns: [{ odd: 1 }], selectableFields: [{ odd: 1 }] }),
    },
  },
  {
    spec: {
      conversion: { strategy: 'None', odd: 1, webhook: { odd: 1, clientConfig: { odd: 1, service: { odd: 1 } } } },
    },
  },
  { status: { odd: 1, conditions: [{ type: 'A', odd: 1 }], acceptedNames: { odd: 1 } }, odd: 1 },
];

export const definitionCases: Case[] = [
  {
    name: 'unknown fields in patches of definitions',
    steps: [
      [`POST ${definitions}`, definition],
      ...['Strict', 'Warn'].flatMap((how) =>
        [strategic, merge].flatMap((type) =>
          patches.map((patch): Step => [`PATCH ${definitions}/${name}?dryRun=All&fieldValidation=${how}`, patch, type]),
        ),
      ),
      ...patches.map((patch): Step => {
        const sent = { ...patch, apiVersion: definition.apiVersion, kind: definition.kind };
        return [`PATCH ${definitions}/${name}?dryRun=All&fieldManager=m&force=true`, sent, apply];
      }),
    ],
  },
];
