// Who owns what after a sequence of writes, and what is left of the object?

import { expect, test } from 'vitest';
import type { JsonSchema } from '../../apis/definition.ts';
import { type Outcome, type Spec, type Step, Subject } from './testing.ts';

const string: JsonSchema = { type: 'string' };
const number: JsonSchema = { type: 'integer' };
const listOf = (items: JsonSchema, extra: JsonSchema = {}): JsonSchema => ({ type: 'array', items, ...extra });
const setList: JsonSchema = { 'x-kubernetes-list-type': 'set' };
const mapList = (...keys: string[]): JsonSchema => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});

const port: JsonSchema = {
  type: 'object',
  properties: { port: number, protocol: { type: 'string', default: 'TCP' }, name: string },
};
const item: JsonSchema = {
  type: 'object',
  properties: { name: string, value: number, note: string, ports: listOf(port, mapList('port', 'protocol')) },
};
const schema: JsonSchema = {
  type: 'object',
  properties: {
    numeric: number,
    string,
    bool: { type: 'boolean' },
    atomicList: listOf(string),
    set: listOf(string, setList),
    items: listOf(item, mapList('name')),
    map: { type: 'object', additionalProperties: string },
    atomicMap: { type: 'object', additionalProperties: string, 'x-kubernetes-map-type': 'atomic' },
    struct: {
      type: 'object',
      properties: { a: number, b: number, inner: { type: 'object', properties: { c: number } } },
    },
    atomicStruct: { type: 'object', properties: { a: number, b: number }, 'x-kubernetes-map-type': 'atomic' },
    structs: { type: 'object', additionalProperties: { type: 'object', properties: { a: number, b: number } } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    intOrString: { 'x-kubernetes-int-or-string': true },
  },
};

const apply = (by: string, spec: Spec): Step => ({ apply: spec, by });
const force = (by: string, spec: Spec): Step => ({ apply: spec, by, force: true });
const update = (by: string, spec: Spec): Step => ({ update: spec, by });

function run(steps: Step[]): Outcome {
  const subject = new Subject(schema);
  for (const step of steps) subject.take(step);
  return subject.outcome;
}

test.each<{ name: string; steps: Step[]; spec: unknown; owners: Outcome['owners'] }>([
  {
    name: 'first apply -> owns what it names',
    steps: [apply('a', { numeric: 1, string: 'x' })],
    spec: { numeric: 1, string: 'x' },
    owners: { a: ['.numeric', '.string'] },
  },
  {
    name: 'the same field and value by two -> both own it',
    steps: [apply('a', { numeric: 1 }), apply('b', { numeric: 1, bool: true })],
    spec: { numeric: 1, bool: true },
    owners: { a: ['.numeric'], b: ['.bool', '.numeric'] },
  },
  {
    name: 'another value by force -> taken from the other',
    steps: [apply('a', { numeric: 1, string: 'x' }), force('b', { numeric: 2 })],
    spec: { numeric: 2, string: 'x' },
    owners: { a: ['.string'], b: ['.numeric'] },
  },
  {
    name: 'everything by force -> the other is no manager any more',
    steps: [apply('a', { numeric: 1 }), force('b', { numeric: 2 })],
    spec: { numeric: 2 },
    owners: { b: ['.numeric'] },
  },
  {
    name: 'a field named no more -> removed',
    steps: [apply('a', { numeric: 1, string: 'x' }), apply('a', { string: 'x' })],
    spec: { string: 'x' },
    owners: { a: ['.string'] },
  },
  {
    name: 'a field named no more that another applies -> stays',
    steps: [apply('a', { numeric: 1, string: 'x' }), apply('b', { numeric: 1 }), apply('a', { string: 'x' })],
    spec: { numeric: 1, string: 'x' },
    owners: { a: ['.string'], b: ['.numeric'] },
  },
  {
    name: 'a field named no more that another updates -> stays',
    steps: [
      apply('a', { numeric: 1, string: 'x' }),
      update('b', { numeric: 2, string: 'x' }),
      apply('a', { string: 'x' }),
    ],
    spec: { numeric: 2, string: 'x' },
    owners: { a: ['.string'], 'b/Update': ['.numeric'] },
  },
  {
    name: 'an update of an unchanged field -> owns nothing of it',
    steps: [apply('a', { numeric: 1 }), update('b', { numeric: 1, string: 'x' })],
    spec: { numeric: 1, string: 'x' },
    owners: { a: ['.numeric'], 'b/Update': ['.string'] },
  },
  {
    name: 'an update that removes -> nobody owns it',
    steps: [apply('a', { numeric: 1, string: 'x' }), update('b', { string: 'x' })],
    spec: { string: 'x' },
    owners: { a: ['.string'] },
  },
  {
    name: 'updates by one manager -> add up',
    steps: [update('a', { numeric: 1 }), update('a', { numeric: 1, string: 'x' })],
    spec: { numeric: 1, string: 'x' },
    owners: { 'a/Update': ['.numeric', '.string'] },
  },
  {
    name: 'one name that applies and updates -> two managers',
    steps: [apply('a', { numeric: 1 }), update('a', { numeric: 1, string: 'x' })],
    spec: { numeric: 1, string: 'x' },
    owners: { a: ['.numeric'], 'a/Update': ['.string'] },
  },
  {
    name: 'atomic list -> one owner, replaced',
    steps: [apply('a', { atomicList: ['x', 'y'] }), force('b', { atomicList: ['z'] })],
    spec: { atomicList: ['z'] },
    owners: { b: ['.atomicList'] },
  },
  {
    name: 'set -> each item has its owners',
    steps: [apply('a', { set: ['x', 'y'] }), apply('b', { set: ['y', 'z'] })],
    spec: { set: ['x', 'y', 'z'] },
    owners: { a: ['.set[="x"]', '.set[="y"]'], b: ['.set[="y"]', '.set[="z"]'] },
  },
  {
    name: 'item of a set named no more -> removed unless another has it',
    steps: [apply('a', { set: ['x', 'y'] }), apply('b', { set: ['y', 'z'] }), apply('a', { set: [] })],
    spec: { set: ['y', 'z'] },
    owners: { b: ['.set[="y"]', '.set[="z"]'] },
  },
  {
    name: 'item of a map list -> merged by its key',
    steps: [apply('a', { items: [{ name: 'x', value: 1 }] }), apply('b', { items: [{ name: 'x', note: 'n' }] })],
    spec: { items: [{ name: 'x', value: 1, note: 'n' }] },
    owners: {
      a: ['.items[name="x"]', '.items[name="x"].name', '.items[name="x"].value'],
      b: ['.items[name="x"]', '.items[name="x"].name', '.items[name="x"].note'],
    },
  },
  {
    name: 'item of a map list named no more -> removed',
    steps: [apply('a', { items: [{ name: 'x' }, { name: 'y' }] }), apply('a', { items: [{ name: 'y' }] })],
    spec: { items: [{ name: 'y' }] },
    owners: { a: ['.items[name="y"]', '.items[name="y"].name'] },
  },
  {
    name: 'item that another has too -> stays without what only this applier set',
    steps: [
      apply('a', { items: [{ name: 'x', value: 1 }] }),
      apply('b', { items: [{ name: 'x', note: 'n' }] }),
      apply('a', { items: [] }),
    ],
    spec: { items: [{ name: 'x', note: 'n' }] },
    owners: { b: ['.items[name="x"]', '.items[name="x"].name', '.items[name="x"].note'] },
  },
  {
    name: 'last item named no more -> the list goes',
    steps: [apply('a', { items: [{ name: 'x' }], numeric: 1 }), apply('a', { numeric: 1 })],
    spec: { numeric: 1 },
    owners: { a: ['.numeric'] },
  },
  {
    name: 'item of which an updater owns only a field -> removed all the same',
    steps: [
      apply('a', { items: [{ name: 'x', value: 1 }], numeric: 1 }),
      update('b', { items: [{ name: 'x', value: 2 }], numeric: 1 }),
      apply('a', { numeric: 1 }),
    ],
    spec: { numeric: 1 },
    owners: { a: ['.numeric'] },
  },
  {
    name: 'key with a default -> the same item with and without it',
    steps: [
      apply('a', { items: [{ name: 'x', ports: [{ port: 80 }] }] }),
      apply('b', { items: [{ name: 'x', ports: [{ port: 80, protocol: 'TCP', name: 'web' }] }] }),
    ],
    spec: { items: [{ name: 'x', ports: [{ port: 80, protocol: 'TCP', name: 'web' }] }] },
    owners: {
      a: [
        '.items[name="x"]',
        '.items[name="x"].name',
        '.items[name="x"].ports[port=80,protocol="TCP"]',
        '.items[name="x"].ports[port=80,protocol="TCP"].port',
      ],
      b: [
        '.items[name="x"]',
        '.items[name="x"].name',
        '.items[name="x"].ports[port=80,protocol="TCP"]',
        '.items[name="x"].ports[port=80,protocol="TCP"].name',
        '.items[name="x"].ports[port=80,protocol="TCP"].port',
        '.items[name="x"].ports[port=80,protocol="TCP"].protocol',
      ],
    },
  },
  {
    name: 'one port number with two protocols -> two items',
    steps: [
      apply('a', {
        items: [
          {
            name: 'x',
            ports: [
              { port: 53, protocol: 'TCP' },
              { port: 53, protocol: 'UDP' },
            ],
          },
        ],
      }),
      apply('a', { items: [{ name: 'x', ports: [{ port: 53, protocol: 'UDP' }] }] }),
    ],
    spec: { items: [{ name: 'x', ports: [{ port: 53, protocol: 'UDP' }] }] },
    owners: {
      a: [
        '.items[name="x"]',
        '.items[name="x"].name',
        '.items[name="x"].ports[port=53,protocol="UDP"]',
        '.items[name="x"].ports[port=53,protocol="UDP"].port',
        '.items[name="x"].ports[port=53,protocol="UDP"].protocol',
      ],
    },
  },
  {
    name: 'granular map -> each key has its owners',
    steps: [apply('a', { map: { x: '1', y: '2' } }), apply('b', { map: { z: '3' } }), apply('a', { map: { x: '1' } })],
    spec: { map: { x: '1', z: '3' } },
    owners: { a: ['.map.x'], b: ['.map.z'] },
  },
  {
    name: 'map of structs -> the key and its fields',
    steps: [apply('a', { structs: { x: { a: 1 } } }), apply('b', { structs: { x: { b: 2 } } }), apply('a', {})],
    spec: { structs: { x: { b: 2 } } },
    owners: { b: ['.structs.x', '.structs.x.b'] },
  },
  {
    name: 'atomic map and struct -> one owner each, replaced',
    steps: [
      apply('a', { atomicMap: { x: '1' }, atomicStruct: { a: 1 } }),
      force('b', { atomicMap: { y: '2' }, atomicStruct: { b: 2 } }),
    ],
    spec: { atomicMap: { y: '2' }, atomicStruct: { b: 2 } },
    owners: { b: ['.atomicMap', '.atomicStruct'] },
  },
  {
    name: 'struct -> by its fields; gone with the last of them',
    steps: [
      apply('a', { struct: { a: 1, inner: { c: 1 } } }),
      apply('b', { struct: { b: 2 } }),
      apply('a', {}),
      apply('b', {}),
    ],
    spec: {},
    owners: {},
  },
  {
    name: 'empty map -> owned, kept',
    steps: [apply('a', { struct: {} }), apply('b', { struct: { a: 1 } })],
    spec: { struct: { a: 1 } },
    owners: { a: ['.struct'], b: ['.struct.a'] },
  },
  {
    name: 'map and struct of which nothing is named any more -> stay, empty, where they are named',
    steps: [
      apply('a', { struct: { a: 1, inner: { c: 1 } }, map: { x: '1' } }),
      apply('a', { struct: { inner: {} }, map: {} }),
    ],
    spec: { struct: { inner: {} }, map: {} },
    owners: { a: ['.map', '.struct.inner'] },
  },
  {
    name: 'free-form object -> maps by key, lists in one piece',
    steps: [apply('a', { free: { x: { y: 1 }, list: [1, 2] } }), apply('b', { free: { x: { z: 2 } } })],
    spec: { free: { x: { y: 1, z: 2 }, list: [1, 2] } },
    owners: { a: ['.free.list', '.free.x', '.free.x.y'], b: ['.free.x', '.free.x.z'] },
  },
  {
    name: 'value that changes its form -> taken as a whole',
    steps: [apply('a', { any: { x: 1 } }), force('a', { any: 5 })],
    spec: { any: 5 },
    owners: { a: ['.any'] },
  },
  {
    name: 'number or string -> one field',
    steps: [apply('a', { intOrString: 80 }), force('b', { intOrString: 'http' })],
    spec: { intOrString: 'http' },
    owners: { b: ['.intOrString'] },
  },
  {
    name: 'null -> owned and empty',
    steps: [apply('a', { numeric: null, string: 'x' })],
    spec: { string: 'x' },
    owners: { a: ['.numeric', '.string'] },
  },
  {
    name: 'new items -> in the order of the configuration, others keep their place',
    steps: [
      apply('a', { items: [{ name: 'x' }, { name: 'y' }] }),
      apply('b', { items: [{ name: 'z' }, { name: 'y' }, { name: 'w' }] }),
    ],
    spec: { items: [{ name: 'x' }, { name: 'z' }, { name: 'y' }, { name: 'w' }] },
    owners: {
      a: ['x', 'y']
        .flatMap((name) => [`.items[name="${name}"]`])
        .concat(['.items[name="x"].name', '.items[name="y"].name']),
      b: ['w', 'y', 'z']
        .map((name) => `.items[name="${name}"]`)
        .concat(['w', 'y', 'z'].map((name) => `.items[name="${name}"].name`)),
    },
  },
])('apply: $name', ({ steps, spec, owners }) => {
  const sorted = (paths: Outcome['owners']): Outcome['owners'] =>
    Object.fromEntries(Object.entries(paths).map(([manager, list]) => [manager, [...list].sort()]));
  const outcome = run(steps);
  expect(outcome.spec).toEqual(spec);
  expect(sorted(outcome.owners)).toEqual(sorted(owners));
});

test.each<{ name: string; steps: Step[]; message: string }>([
  {
    name: 'another value -> conflict with the applier',
    steps: [apply('a', { numeric: 1 }), apply('b', { numeric: 2 })],
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.numeric',
  },
  {
    name: 'another value than an updater -> conflict with its version',
    steps: [update('a', { numeric: 1 }), apply('b', { numeric: 2 })],
    message: 'Apply failed with 1 conflict: conflict with "a" using example.com/v1: .spec.numeric',
  },
  {
    name: 'several fields of several managers -> listed by manager',
    steps: [
      apply('a', { numeric: 1, string: 'x' }),
      update('c', { numeric: 1, string: 'x', bool: true }),
      apply('b', { numeric: 2, string: 'y', bool: false }),
    ],
    message:
      'Apply failed with 3 conflicts: conflicts with "a":\n- .spec.numeric\n- .spec.string\nconflicts with "c" using example.com/v1:\n- .spec.bool',
  },
  {
    name: 'atomic list -> conflict over all of it',
    steps: [apply('a', { atomicList: ['x'] }), apply('b', { atomicList: ['x', 'y'] })],
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.atomicList',
  },
  {
    name: 'field of a list item -> its path by key',
    steps: [apply('a', { items: [{ name: 'x', value: 1 }] }), apply('b', { items: [{ name: 'x', value: 2 }] })],
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.items[name="x"].value',
  },
])('conflict: $name', ({ steps, message }) => {
  expect(() => run(steps)).toThrow(
    expect.objectContaining({
      reason: 'Conflict',
      message,
      details: { causes: expect.arrayContaining([expect.objectContaining({ reason: 'FieldManagerConflict' })]) },
    }),
  );
});

test('more than ten updaters -> the oldest become one', () => {
  const subject = new Subject(schema);
  const names = Array.from({ length: 12 }, (_, i) => `m${String(i).padStart(2, '0')}`);
  names.forEach((by, count) => {
    const set = names.slice(0, count + 1);
    subject.take({ update: { set }, by });
  });
  const { owners } = subject.outcome;
  expect(Object.keys(owners)).toEqual(['ancient-changes', ...names.slice(3)].map((name) => `${name}/Update`));
  expect(owners['ancient-changes/Update']).toEqual(
    expect.arrayContaining(names.slice(0, 3).map((x) => `.set[="${x}"]`)),
  );
});

test('a time -> changes only with what its manager owns or sets', () => {
  const subject = new Subject(schema);
  const times = (): unknown => subject.object?.metadata.managedFields?.map(({ manager, time }) => [manager, time]);
  subject.take(apply('a', { numeric: 1 }));
  subject.take(apply('b', { string: 'x' }));
  const before = times();
  subject.take(apply('a', { numeric: 1 }));
  subject.take(update('c', { numeric: 1, string: 'x' }));
  expect(times()).toEqual(before);
  subject.take(apply('a', { numeric: 2 }));
  expect(times()).toEqual([
    ['b', '2026-01-01T00:00:02Z'],
    ['a', '2026-01-01T00:00:05Z'],
  ]);
});

test('an object whose fields nobody owned -> those who were there before the first apply do', () => {
  const subject = new Subject(schema);
  subject.take(update('a', { numeric: 1, string: 'x' }));
  delete subject.object?.metadata.managedFields;
  subject.take(update('a', { numeric: 2, string: 'x' }));
  expect(subject.outcome.owners).toEqual({});
  expect(() => subject.take(apply('b', { numeric: 3 }))).toThrow(
    'conflict with "before-first-apply" using example.com/v1',
  );
  subject.take(force('b', { numeric: 3 }));
  expect(subject.outcome.owners).toMatchObject({ b: ['.numeric'], 'before-first-apply/Update': ['.string'] });
});
