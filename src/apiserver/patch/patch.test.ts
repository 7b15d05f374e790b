import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { builtinSchemas } from '../../apis/builtin.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { Schemas } from '../schema/schemas.ts';
import { orderMerged } from './list-order.ts';
import { applyMergePatch, isObject } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';

const schemas = new Schemas(builtinSchemas);
const podSchema: JsonSchema = { $ref: '#/components/schemas/io.k8s.api.core.v1.Pod' };

test.each([
  { name: 'a value -> set', target: { a: 1 }, patch: { b: 2 }, want: { a: 1, b: 2 } },
  { name: 'null -> removed', target: { a: 1, b: 2 }, patch: { a: null }, want: { b: 2 } },
  { name: 'a list -> replaced', target: { a: [1, 2] }, patch: { a: [3] }, want: { a: [3] } },
  {
    name: 'an object over a value -> object without its nulls',
    target: { a: 1 },
    patch: { a: { b: null, c: 1 } },
    want: { a: { c: 1 } },
  },
])('applyMergePatch: $name', ({ target, patch, want }) => {
  expect(applyMergePatch(target, patch)).toEqual(want);
});

const pod = (spec: object): object => ({
  kind: 'Pod',
  metadata: { name: 'p', finalizers: ['a', 'b'], labels: { x: '1' } },
  spec,
});
const containers = (...names: string[]): object[] => names.map((name) => ({ name, image: `${name}:1` }));

test.each<{ name: string; original: object; patch: object; want: object }>([
  {
    name: 'container of the same name -> merged',
    original: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { containers: [{ name: 'b', image: 'b:2' }] } },
    want: {
      spec: {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:2' },
        ],
      },
    },
  },
  {
    name: 'container of a new name -> added before the others, as upstream does',
    original: { spec: { containers: containers('a') } },
    patch: { spec: { containers: containers('c') } },
    want: { spec: { containers: containers('c', 'a') } },
  },
  {
    name: '$patch: delete on an item -> removed',
    original: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
    want: { spec: { containers: containers('b') } },
  },
  {
    name: '$patch: replace in a list -> list replaced',
    original: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { containers: [...containers('c'), { $patch: 'replace' }] } },
    want: { spec: { containers: containers('c') } },
  },
  {
    name: '$patch: replace in an object -> object replaced',
    original: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { c: '3', $patch: 'replace' } } },
    want: { metadata: { labels: { c: '3' } } },
  },
  {
    name: '$setElementOrder -> items in that order',
    original: { spec: { containers: containers('a', 'b') } },
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
        containers: containers('c'),
      },
    },
    want: { spec: { containers: containers('c', 'b', 'a') } },
  },
  {
    name: '$setElementOrder without the list -> reordered only',
    original: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    want: { spec: { containers: containers('b', 'a') } },
  },
  {
    name: '$deleteFromPrimitiveList -> value removed from the set',
    original: { metadata: { finalizers: ['a', 'b', 'c'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    want: { metadata: { finalizers: ['a', 'c'] } },
  },
  {
    name: 'a finalizer -> added to the set once',
    original: { metadata: { finalizers: ['a'] } },
    patch: { metadata: { finalizers: ['a', 'b'] } },
    want: { metadata: { finalizers: ['a', 'b'] } },
  },
  {
    name: 'list without a merge key -> replaced',
    original: { spec: { containers: [{ name: 'a', command: ['x', 'y'] }] } },
    patch: { spec: { containers: [{ name: 'a', command: ['z'] }] } },
    want: { spec: { containers: [{ name: 'a', command: ['z'] }] } },
  },
  {
    name: 'null -> field removed',
    original: { spec: { nodeName: 'n', containers: containers('a') } },
    patch: { spec: { nodeName: null } },
    want: { spec: { containers: containers('a') } },
  },
  {
    name: 'merge key that is not the name -> merged by it',
    original: {
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'Other', status: 'True' },
        ],
      },
    },
    patch: { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    want: {
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Other', status: 'True' },
        ],
      },
    },
  },
  {
    name: '$retainKeys -> other keys of a volume go',
    original: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] } },
    want: { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } },
  },
])('applyStrategicMergePatch: $name', ({ original, patch, want }) => {
  expect(applyStrategicMergePatch(original, patch, { schemas, schema: podSchema })).toEqual(want);
});

test('applyStrategicMergePatch: item without the merge key -> BadRequest', () => {
  const patch = { spec: { containers: [{ image: 'x' }] } };
  expect(() =>
    applyStrategicMergePatch(pod({ containers: containers('a') }), patch, { schemas, schema: podSchema }),
  ).toThrow(expect.objectContaining({ reason: 'BadRequest' }));
});

const names = fc.uniqueArray(fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
const anyJson = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }));

test('applyMergePatch: twice is the same as once', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (target, patch) => {
      const once = applyMergePatch(target, patch);
      expect(jsonEqual(applyMergePatch(once, patch), once)).toBe(true);
    }),
  );
});

test('applyStrategicMergePatch: twice is the same as once, and nothing unnamed is lost', () => {
  fc.assert(
    fc.property(names, names, (had, wanted) => {
      const original = pod({ containers: containers(...had) });
      const patch = { spec: { containers: wanted.map((name) => ({ name, image: 'new' })) } };
      const once = applyStrategicMergePatch(original, patch, { schemas, schema: podSchema }) as {
        spec: { containers: { name: string }[] };
      };
      expect(applyStrategicMergePatch(once, patch, { schemas, schema: podSchema })).toEqual(once);
      expect(new Set(once.spec.containers.map(({ name }) => name))).toEqual(new Set([...had, ...wanted]));
    }),
  );
});

test('orderMerged: the wanted order and the order of the others both hold', () => {
  fc.assert(
    fc.property(names, names, (had, wanted) => {
      const items = [...new Set([...had, ...wanted])];
      const ordered = orderMerged(items, { keyOf: String, wanted, had });
      expect(new Set(ordered)).toEqual(new Set(items));
      expect(ordered).toHaveLength(items.length);
      expect(ordered.filter((item) => wanted.includes(String(item)))).toEqual(wanted);
      const others = had.filter((name) => !wanted.includes(name));
      expect(ordered.filter((item) => others.includes(String(item)))).toEqual(others);
    }),
  );
});

test.each<{ name: string; patch: object; message: string }>([
  {
    name: 'an item with $patch: merge',
    patch: { containers: [{ name: 'a', $patch: 'merge' }] },
    message: 'merging lists cannot yet be specified in the patch',
  },
  { name: 'an unknown directive', patch: { $patch: 'steal' }, message: 'unknown patch type: steal' },
  {
    name: 'a field that $retainKeys does not keep',
    patch: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] },
    message: 'invalid patch format of retainKeys',
  },
  {
    name: 'items in another order than the patch asks for',
    patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: containers('a', 'b') },
    message: "doesn't match $setElementOrder/containers list",
  },
  {
    name: 'items of several types',
    patch: { containers: [{ name: 'a' }, 'b'] },
    message: 'list element types are not identical',
  },
])('applyStrategicMergePatch refuses $name', ({ patch, message }) => {
  const original = pod({ containers: containers('a', 'b'), volumes: [{ name: 'v', configMap: { name: 'c' } }] });
  const apply = (): unknown => applyStrategicMergePatch(original, { spec: patch }, { schemas, schema: podSchema });
  expect(apply).toThrow(expect.objectContaining({ reason: 'BadRequest', message: expect.stringContaining(message) }));
});

test('two ports of one number -> merged into the first, as upstream does', () => {
  const ports = [
    { containerPort: 53, protocol: 'TCP' },
    { containerPort: 53, protocol: 'UDP' },
  ];
  const patch = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 53, protocol: 'UDP', name: 'dns' }] }] } };
  const merged = applyStrategicMergePatch(pod({ containers: [{ name: 'a', ports }] }), patch, {
    schemas,
    schema: podSchema,
  });
  expect(merged).toMatchObject({
    spec: {
      containers: [
        {
          ports: [
            { containerPort: 53, protocol: 'UDP', name: 'dns' },
            { containerPort: 53, protocol: 'UDP' },
          ],
        },
      ],
    },
  });
});

test('applyMergePatch: the difference of two documents makes one of the other', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (from, to) => {
      const wanted = withoutNulls(to) as Record<string, unknown>;
      expect(applyMergePatch(from, mergeDiff(from, wanted))).toEqual(wanted);
    }),
  );
});

test('applyStrategicMergePatch: the difference of two lists makes one of the other', () => {
  fc.assert(
    fc.property(names, names, (had, wanted) => {
      const gone = had.filter((name) => !wanted.includes(name)).map((name) => ({ name, $patch: 'delete' }));
      const items = wanted.map((name) => ({ name, image: 'new' }));
      const order = wanted.map((name) => ({ name }));
      const spec = { '$setElementOrder/containers': order, containers: [...items, ...gone] };
      const patched = applyStrategicMergePatch(
        pod({ containers: containers(...had) }),
        { spec },
        { schemas, schema: podSchema },
      );
      expect(patched).toEqual(pod({ containers: items }));
    }),
  );
});

function mergeDiff(from: Record<string, unknown>, to: Record<string, unknown>): object {
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  const changed = Object.entries(to).map(([key, value]) => {
    const before = from[key];
    return [key, isObject(before) && isObject(value) ? mergeDiff(before, value) : value];
  });
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...Object.fromEntries(changed) };
}

function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
