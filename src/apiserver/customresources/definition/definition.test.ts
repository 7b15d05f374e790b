import { expect, test } from 'vitest';
import { customResourceDefinitionsOf } from '../../../apis/apiextensions/custom-resource.ts';
import type { CustomResourceDefinition } from '../../../apis/apiextensions/generated/v1.ts';
import { builtinResources, builtinSchemas } from '../../../apis/builtin.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { version, widgetDefinition } from '../testing.ts';
import { definitionRules } from './spec-rules.ts';

const at = 'spec.validation.openAPIV3Schema';

function causesOf(spec: object, overrides: object = {}): string[] {
  const definition = widgetDefinition({ conversion: { strategy: 'None' }, ...spec });
  const status = { storedVersions: ['v1'] };
  const names = { singular: 'widget', listKind: 'WidgetList', ...(definition.spec as { names: object }).names };
  const whole = { ...definition, spec: { ...definition.spec, names }, status, ...overrides };
  return definitionRules(whole as unknown as CustomResourceDefinition).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}
const schemaCausesOf = (schema: JsonSchema): string[] => causesOf({ versions: [version(schema)] });
const below = (spec: JsonSchema): JsonSchema => ({ type: 'object', properties: { spec } });

test.each<{ name: string; schema: JsonSchema; causes: string[] }>([
  { name: 'sound', schema: below({ type: 'object' }), causes: [] },
  { name: 'no type at the root', schema: {}, causes: [`${at}.type: Required value: must not be empty at the root`] },
  {
    name: 'no type in a field',
    schema: below({}),
    causes: [`${at}.properties[spec].type: Required value: must not be empty for specified object fields`],
  },
  {
    name: 'no type of items',
    schema: below({ type: 'array', items: {} }),
    causes: [`${at}.properties[spec].items.type: Required value: must not be empty for specified array items`],
  },
  {
    name: 'array without items',
    schema: below({ type: 'array' }),
    causes: [`${at}.properties[spec].items: Required value: must be specified`],
  },
  {
    name: 'type in a junctor',
    schema: below({ type: 'object', anyOf: [{ type: 'object' }] }),
    causes: [`${at}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`],
  },
  {
    name: 'int or string as kubebuilder writes it',
    schema: below({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    causes: [],
  },
  {
    name: 'field that only a junctor at the root knows',
    schema: { type: 'object', oneOf: [{ properties: { a: { minimum: 1 } } }] },
    causes: [`${at}.properties[a]: Required value: because it is defined in ${at}.oneOf[0].properties[a]`],
  },
  {
    name: 'metadata with more than names',
    schema: {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
    },
    causes: [
      `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  },
  {
    name: 'additionalProperties at the root',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    causes: [`${at}.additionalProperties: Forbidden: must not be used at the root`],
  },
  {
    name: 'additionalProperties beside properties',
    schema: below({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }),
    causes: [
      `${at}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  },
  {
    name: 'pattern',
    schema: below({ type: 'string', pattern: '(?=a)' }),
    causes: [
      `${at}.properties[spec].pattern: Invalid value: "(?=a)": must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl syntax: \`(?=\``,
    ],
  },
  {
    name: 'default of the wrong type',
    schema: below({ type: 'integer', default: 'a' }),
    causes: [`${at}.properties[spec].default: Invalid value: "string":  in body must be of type integer: "string"`],
  },
  {
    name: 'default with unknown fields',
    schema: below({ type: 'object', default: { a: 1 }, properties: { b: { type: 'string' } } }),
    causes: [`${at}.properties[spec].default: Invalid value: {"a":1}: must not have unknown fields`],
  },
  {
    name: 'uniqueItems',
    schema: below({ type: 'array', items: { type: 'string' }, ...({ uniqueItems: true } as object) }),
    causes: [
      `${at}.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  },
  {
    name: 'list map without keys',
    schema: below({ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } }),
    causes: [
      `${at}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
  },
  {
    name: 'list map key that may be absent',
    schema: below({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' } } },
    }),
    causes: [
      `${at}.properties[spec].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  },
  {
    name: 'set of objects that are not atomic',
    schema: below({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } }),
    causes: [
      `${at}.properties[spec].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  },
  {
    name: 'preserve-unknown-fields false',
    schema: below({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
    causes: [
      `${at}.properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`,
    ],
  },
  {
    name: 'unknown type',
    schema: below({ type: 'text' as 'string' }),
    causes: [
      `${at}.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  },
  {
    name: 'reference',
    schema: below({ type: 'object', $ref: '#/a' }),
    causes: [`${at}.properties[spec].$ref: Forbidden: $ref is not supported`],
  },
  {
    name: 'embedded resource without properties',
    schema: below({ type: 'object', 'x-kubernetes-embedded-resource': true }),
    causes: [
      `${at}.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
    ],
  },
])('schema: $name', ({ schema, causes }) => {
  expect(schemaCausesOf(schema)).toEqual(causes);
});

const good = below({ type: 'object' });
test.each<{ name: string; spec: object; causes: string[] }>([
  {
    name: 'group without a dot',
    spec: { group: 'widgets' },
    causes: ['spec.group: Invalid value: "widgets": should be a domain with at least one dot'],
  },
  {
    name: 'scope',
    spec: { scope: 'Galaxy' },
    causes: ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
  },
  {
    name: 'no schema',
    spec: { versions: [{ name: 'v1', served: true, storage: true }] },
    causes: ['spec.versions[0].schema.openAPIV3Schema: Required value'],
  },
  {
    name: 'no stored version',
    spec: { versions: [version(good, { storage: false })] },
    causes: [expect.stringContaining('must have exactly one version marked as storage version')],
  },
  {
    name: 'kind as list kind',
    spec: { names: { plural: 'widgets', kind: 'Widget', listKind: 'Widget' } },
    causes: ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  },
  {
    name: 'scale path outside of the spec',
    spec: {
      versions: [
        version(good, { subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '.status.n' } } }),
      ],
    },
    causes: ['spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec'],
  },
  {
    name: 'two versions of one name that are both stored -> every rule, with versions as upstream has them',
    spec: { versions: [version(good), version(good)] },
    causes: [
      expect.stringMatching(
        /^spec\.versions: Invalid value: \[\{"Name":"v1".*"Schema":null.*must contain unique version names$/,
      ),
      expect.stringMatching(/must have exactly one version marked as storage version$/),
      'status.storedVersions: Invalid value: ["v1"]: must have the storage version v1',
    ],
  },
  {
    name: 'conversion by webhook of objects that are not pruned',
    spec: {
      preserveUnknownFields: true,
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url: 'https://a/b' }, conversionReviewVersions: ['v1'] },
      },
    },
    causes: [
      'spec.conversion.strategy: Invalid value: "Webhook": must be None if spec.preserveUnknownFields is true',
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
  },
  {
    name: 'column type',
    spec: { versions: [version(good, { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: '.a' }] })] },
    causes: [
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    ],
  },
  {
    name: 'selectable field that is none',
    spec: { versions: [version(good, { selectableFields: [{ jsonPath: '.spec.a' }] })] },
    causes: [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": is an invalid path: does not refer to a valid field',
    ],
  },
  {
    name: 'webhook without address',
    spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v2'] } } },
    causes: [
      'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
  },
  {
    name: 'webhook by HTTP',
    spec: {
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url: 'http://a/b' }, conversionReviewVersions: ['v1'] },
      },
    },
    causes: [
      `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    ],
  },
  {
    name: 'protected group',
    spec: { group: 'widgets.k8s.io' },
    causes: [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  },
  {
    name: 'deprecation warning without deprecation',
    spec: { versions: [version(good, { deprecationWarning: 'x' })] },
    causes: ['spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions'],
  },
])('definition: $name', ({ spec, causes }) => {
  expect(causesOf(spec)).toEqual(causes);
});

test('versions with schemas of their own are named one by one; a version that was stored must stay', () => {
  const versions = [version(good), version({}, { name: 'v2', storage: false })];
  expect(causesOf({ versions })).toEqual([
    'spec.versions[1].schema.openAPIV3Schema.type: Required value: must not be empty at the root',
  ]);
  expect(causesOf({}, { status: { storedVersions: ['v1beta1', 'v1'] } })).toEqual([
    'status.storedVersions[0]: Invalid value: "v1beta1": missing from spec.versions; v1beta1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1beta1 and removes v1beta1 from status.storedVersions',
  ]);
});

test('all definitions of our own resources obey these rules', () => {
  for (const definition of customResourceDefinitionsOf(builtinResources, builtinSchemas())) {
    const stored = definition.spec?.versions?.[0]?.name ?? '';
    const whole = { ...definition, status: { storedVersions: [stored] } } as unknown as CustomResourceDefinition;
    expect({ name: definition.metadata.name, causes: definitionRules(whole) }).toEqual({
      name: definition.metadata.name,
      causes: [],
    });
  }
});
