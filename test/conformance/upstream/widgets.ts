// Which custom resources are both servers sent? A definition that says all that one can say of a field, and for each field
// values that are right and wrong.

const long = 'a'.repeat(300);

const openAPIV3Schema = {
  type: 'object',
  description: 'A widget.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10, multipleOf: 1 },
        small: { type: 'integer', format: 'int32' },
        share: { type: 'number', exclusiveMinimum: true, minimum: 0, maximum: 1, exclusiveMaximum: true },
        name: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 5 },
        color: { type: 'string', enum: ['red', 'green'], default: 'red' },
        when: { type: 'string', format: 'date-time' },
        day: { type: 'string', format: 'date' },
        dur: { type: 'string', format: 'duration' },
        ip: { type: 'string', format: 'ipv4' },
        ip6: { type: 'string', format: 'ipv6' },
        uri: { type: 'string', format: 'uri' },
        uuid: { type: 'string', format: 'uuid' },
        email: { type: 'string', format: 'email' },
        host: { type: 'string', format: 'hostname' },
        b64: { type: 'string', format: 'byte' },
        cidr: { type: 'string', format: 'cidr' },
        mac: { type: 'string', format: 'mac' },
        pw: { type: 'string', format: 'password' },
        own: { type: 'string', format: 'our-own' },
        label: { type: 'string', format: 'k8s-short-name' },
        long: { type: 'string', format: 'k8s-long-name' },
        port: { 'x-kubernetes-int-or-string': true },
        on: { type: 'boolean', default: true },
        maybe: { type: 'string', nullable: true },
        nest: {
          type: 'object',
          default: {},
          properties: { a: { type: 'string', default: 'x' }, b: { type: 'integer' } },
        },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        free: { 'x-kubernetes-preserve-unknown-fields': true },
        list: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', maxLength: 3 } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' }, maxItems: 5 },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k', 'p'],
          items: {
            type: 'object',
            required: ['k'],
            properties: { k: { type: 'string' }, p: { type: 'string', default: 'TCP' }, v: { type: 'integer' } },
          },
          maxItems: 5,
        },
        dict: {
          type: 'object',
          minProperties: 1,
          maxProperties: 2,
          additionalProperties: { type: 'integer', minimum: 0 },
        },
        emb: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
        one: {
          type: 'object',
          properties: { x: { type: 'integer' }, y: { type: 'integer' } },
          oneOf: [{ required: ['x'] }, { required: ['y'] }],
        },
        anyo: {
          type: 'object',
          properties: { x: { type: 'integer' }, y: { type: 'integer' } },
          anyOf: [{ required: ['x'] }, { required: ['y'] }],
        },
        allo: {
          type: 'object',
          properties: { x: { type: 'integer' }, y: { type: 'integer' } },
          allOf: [{ required: ['x'] }, { required: ['y'] }],
        },
        nots: { type: 'object', properties: { x: { type: 'integer' } }, not: { required: ['x'] } },
        imm: {
          type: 'string',
          maxLength: 20,
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }],
        },
        cel: {
          type: 'object',
          properties: { a: { type: 'integer' }, b: { type: 'integer' }, c: { type: 'string', maxLength: 10 } },
          'x-kubernetes-validations': [
            { rule: 'self.a <= self.b', messageExpression: 'has(self.c) ? self.c : string(self.a)', fieldPath: '.a' },
            { rule: '!has(self.c) || self.c != "bad"', reason: 'FieldValueForbidden', message: 'no bad' },
            { rule: 'self.a != 7', reason: 'FieldValueDuplicate' },
            { rule: 'self.a != 8', reason: 'FieldValueRequired', message: 'req' },
            { rule: 'self.a / (self.b - 5) >= -1000' },
            { rule: 'self.a != 9', messageExpression: 'string(self.a / 0)', message: 'fallback' },
          ],
        },
        opt: {
          type: 'integer',
          'x-kubernetes-validations': [
            { rule: 'oldSelf.hasValue() ? self >= oldSelf.value() : self < 5', optionalOldSelf: true, message: 'grow' },
          ],
        },
      },
    },
    status: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        selector: { type: 'string' },
        phase: { type: 'string', enum: ['A', 'B'] },
        conditions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: { type: 'string' }, n: { type: 'integer' } },
          },
        },
      },
    },
  },
};

export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.size',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
          { name: 'On', type: 'boolean', jsonPath: '.spec.on' },
          { name: 'Share', type: 'number', jsonPath: '.spec.share' },
          { name: 'When', type: 'date', jsonPath: '.spec.when' },
          { name: 'List', type: 'string', jsonPath: '.spec.list' },
          { name: 'First', type: 'string', jsonPath: '.spec.list[0]' },
          { name: 'K', type: 'string', jsonPath: '.spec.map[?(@.k=="a")].v' },
          { name: 'Dict', type: 'string', jsonPath: '.spec.dict' },
          { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
          { name: 'All', type: 'string', jsonPath: '.spec.list[*]' },
          { name: 'SizeText', type: 'string', jsonPath: '.spec.size' },
          { name: 'ColorInt', type: 'integer', jsonPath: '.spec.color' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }, { jsonPath: '.spec.on' }],
      },
      {
        name: 'v1beta1',
        served: true,
        storage: false,
        deprecated: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' }, extra: { type: 'string', default: 'e' } },
              },
            },
          },
        },
      },
      { name: 'v1alpha1', served: false, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
};

/** By field of the spec. What Go's numbers and the order of Go's maps say is left out. */
export const widgetValues: Record<string, unknown[]> = {
  size: [0, 11, '1', null, true, [], {}, -1, 1.5, -1.5],
  small: [3e9, -3e9, 1.0, 1.5, true, {}, [], 'x', null],
  share: [0, 1, 0.5, 2, -1, '0.5', 1e300],
  name: ['a', 'aaaaaa', 'AB', 5, '', null],
  color: ['blue', '', null, 5],
  when: ['x', '2021-01-01T00:00:00Z', '2021-01-01', '2021-13-01T00:00:00Z'],
  day: ['x', '2021-02-30', '2021-02-03', 5, 1.5, true, {}, null],
  dur: ['x', '1h', '5 minutes', '-1s', '1d'],
  ip: ['x', '1.2.3.4', '::1', '01.2.3.4'],
  ip6: ['x', '::1', '1.2.3.4'],
  uri: ['x', 'http://a/b', 'a b', '/x'],
  uuid: ['x', '123e4567-e89b-12d3-a456-426614174000', '123E4567E89B12D3A456426614174000'],
  email: ['x', 'a@b.c', 'A <a@b.c>'],
  host: ['x', '-x', 'a_b', 'a.b.c', long],
  b64: ['x', 'YQ==', 'Y Q'],
  cidr: ['x', '10.0.0.0/8', '10.0.0.1'],
  mac: ['x', '00:11:22:33:44:55'],
  pw: ['x'],
  own: ['x', 5, true, []],
  label: ['X', 'x'],
  long: ['X', 'a.b'],
  port: [1, '1', 1.5, true, null, {}],
  on: ['true', null, 1],
  maybe: [null, 5],
  nest: [null, {}, { c: 1 }, 'x', { b: 'x' }],
  any: [5, { a: { b: 1 } }, null],
  free: [5, 'x', null, [1]],
  list: [[], ['a', 'b', 'c', 'd'], ['aaaa'], [5], [null], 'x', {}],
  set: [['a', 'a'], ['a', 'b', 'a', 'b'], [5], []],
  map: [
    [{ k: 'a' }, { k: 'a' }],
    [{ p: 'x' }],
    [
      { k: 'a', p: 'x' },
      { k: 'a', p: 'y' },
    ],
    [{}],
    ['x'],
    [{ k: 'a', u: 1 }],
  ],
  dict: [{}, { a: -1 }, { a: 1, b: 2, c: 3 }, { a: 'x' }, 'x', { a: null }],
  emb: [
    {},
    { apiVersion: 'v1' },
    { apiVersion: 'v1', kind: 'X', metadata: { name: 'Bad_' } },
    { apiVersion: 'v1', kind: 'X', metadata: { labels: { 'bad key': 'x' } } },
    { apiVersion: 5, kind: 'X' },
    { apiVersion: 'v1', kind: 'X', metadata: { name: 5 } },
    { apiVersion: 'v1', kind: 'X', metadata: { foo: 5 } },
    5,
  ],
  one: [{}, { x: 1, y: 1 }, { x: 1 }],
  anyo: [{}, { x: 1 }],
  allo: [{}, { x: 1 }],
  nots: [{ x: 1 }, {}],
  imm: ['a'.repeat(21)],
  cel: [
    {},
    { a: 2, b: 1 },
    { a: 1, b: 2, c: 'bad' },
    { a: 7, b: 8 },
    { a: 8, b: 9 },
    { a: 1, b: 5 },
    { a: 9, b: 10 },
    { a: 9, b: 1, c: 'bad' },
    { a: 1 },
    { a: 'x', b: 1 },
  ],
  opt: [5, 4],
  unknown: [1],
};

/** Nulls where none is allowed, and where one is. */
export const specsWithNull: object[] = [
  { size: null },
  { set: null },
  { color: null },
  { any: null },
  { any: { a: null } },
  { maybe: null },
  { map: [{ k: 'n', p: null }] },
];

/** What is no specification, or has a number of replicas that is none. */
export const oddSpecs: unknown[] = [
  null,
  [],
  [1],
  'text',
  1.5,
  true,
  ...['5', 0.5, {}, { a: [1, 'b'] }, [], true].map((size) => ({ size })),
];
