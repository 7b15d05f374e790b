import { expect, test } from 'vitest';
import { builtinResources, builtinSchemas } from '../builtin.ts';
import { defineResource } from '../definition.ts';
import { customResourceDefinitionOf, customResourceDefinitionsOf } from './custom-resource.ts';

const thing = defineResource({
  resource: { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true },
  listKind: 'ThingList',
  singular: 'thing',
  shortNames: ['th'],
  categories: [],
  subresources: ['status'],
  schemaName: 'com.example.v1.Thing',
  isBuiltIn: false,
  hasGeneration: true,
  columns: [
    { name: 'Name', type: 'string', format: 'name', priority: 0, cell: () => '' },
    { name: 'Size', type: 'integer', priority: 0, jsonPath: '.spec.size', cell: () => 1 },
    { name: 'Computed', type: 'string', priority: 1, cell: () => '' },
  ],
  selectableFields: {},
});

const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const schemas = {
  'com.example.v1.Thing': {
    type: 'object' as const,
    properties: { metadata: ref(meta), spec: ref('com.example.v1.Spec') },
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Thing' }],
  },
  'com.example.v1.Spec': {
    type: 'object' as const,
    properties: {
      size: { ...ref(quantity), description: 'how much' },
      all: { type: 'array' as const, items: ref(quantity) },
    },
  },
  [quantity]: { type: 'string' as const, description: 'an amount' },
  [meta]: { type: 'object' as const },
};

test('a definition becomes a CRD: references written out, amounts as number or text, columns with a path', () => {
  const { spec, metadata } = customResourceDefinitionOf(thing, schemas);
  expect(metadata.name).toBe('things.example.com');
  expect(spec.names).toEqual({
    plural: 'things',
    singular: 'thing',
    kind: 'Thing',
    listKind: 'ThingList',
    shortNames: ['th'],
  });
  expect(spec.versions).toEqual([
    {
      name: 'v1',
      served: true,
      storage: true,
      subresources: { status: {} },
      additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            metadata: { type: 'object' },
            spec: {
              type: 'object',
              properties: {
                size: { description: 'how much', 'x-kubernetes-int-or-string': true },
                all: { type: 'array', items: { description: 'an amount', 'x-kubernetes-int-or-string': true } },
              },
            },
          },
        },
      },
    },
  ]);
});

test('every resource of our own groups has a CRD without references', () => {
  const definitions = customResourceDefinitionsOf(builtinResources, builtinSchemas());
  const names = definitions.map(({ metadata }) => metadata.name);
  expect(names).toContain('fenceproofs.amarre.io');
  expect(names).toContain('backups.velero.io');
  expect(names).toContain('volumesnapshots.snapshot.storage.k8s.io');
  expect(new Set(names).size).toBe(names.length);
  const referring = definitions.filter((definition) => JSON.stringify(definition).includes('"$ref"'));
  expect(referring.map(({ metadata }) => metadata.name)).toEqual([]);
});
