// What holds for every apply, whatever is applied?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasPath, includes, pathsOf } from '../../apimachinery/fieldpath/field-set.ts';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { managerKey } from '../../apimachinery/managedfields/managers.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { fieldSetOf } from '../../apimachinery/structured-merge/field-set-of.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { type Spec, Subject } from './testing.ts';

const schema: JsonSchema = {
  type: 'object',
  properties: {
    ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { type: 'integer' }])),
    list: { type: 'array', items: { type: 'string' } },
    set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, value: { type: 'integer' }, note: { type: 'integer' } },
      },
    },
  },
};

const name = fc.constantFrom('x', 'y', 'z');
const number = fc.integer({ min: 0, max: 2 });
const spec: fc.Arbitrary<Spec> = fc.record(
  {
    a: number,
    b: number,
    c: number,
    list: fc.array(name, { minLength: 1, maxLength: 2 }),
    set: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    map: fc.dictionary(name, number, { minKeys: 1, maxKeys: 2 }),
    items: fc.uniqueArray(fc.record({ name, value: number, note: number }, { requiredKeys: ['name'] }), {
      selector: (item) => item.name,
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: [] },
);
const manager = fc.constantFrom('one', 'two', 'three');
const step = fc.oneof(
  fc.record({ apply: spec, by: manager, force: fc.constant(true) }),
  fc.record({ update: spec, by: manager }),
);
const history = fc.array(step, { maxLength: 5 });

function after(steps: Parameters<Subject['take']>[0][]): Subject {
  const subject = new Subject(schema);
  for (const each of steps) subject.take(each);
  return subject;
}

/** The object and its owners, whenever they wrote. */
const timeless = ({ object }: Subject): unknown => {
  const { metadata, ...rest } = object as KubeObject;
  return { rest, owners: new Map(metadata.managedFields?.map((each) => [managerKey(each as never), each.fieldsV1])) };
};

test('an apply twice is the same as once', () => {
  fc.assert(
    fc.property(history, spec, (steps, applied) => {
      const once = after([...steps, { apply: applied, by: 'one', force: true }]);
      const before = once.object;
      once.take({ apply: applied, by: 'one' });
      expect(once.object).toEqual(before);
    }),
  );
});

test('what was applied is there, and its applier owns it', () => {
  fc.assert(
    fc.property(history, spec, (steps, applied) => {
      const subject = after([...steps, { apply: applied, by: 'one', force: true }]);
      const { type } = subject.fieldManager;
      const named = fieldSetOf(Object.keys(applied).length > 0 ? { spec: applied } : {}, type);
      const entry = subject.object?.metadata.managedFields?.find(
        (each) => each.manager === 'one' && each.operation === 'Apply',
      );
      expect(includes((entry?.fieldsV1 ?? {}) as never, named)).toBe(true);
      const { metadata: _metadata, ...present } = subject.object as KubeObject;
      for (const path of pathsOf(named)) expect(hasPath(fieldSetOf(present, type), path)).toBe(true);
    }),
  );
});

test('nobody owns what is not there', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const { object, fieldManager } = after(steps);
      const { metadata, ...rest } = object as KubeObject;
      const present = fieldSetOf({ ...rest }, fieldManager.type);
      for (const { fieldsV1 } of metadata.managedFields ?? []) {
        const leaves = pathsOf(fieldsV1 as never).filter(
          (path) => !path.at(-1)?.match(/^f:(spec|items|set|map|list)$/),
        );
        for (const path of leaves) expect(hasPath(present, path)).toBe(true);
      }
    }),
  );
});

test('two appliers of different fields -> the same object in either order', () => {
  fc.assert(
    fc.property(
      history,
      spec,
      fc.tuple(number, fc.uniqueArray(fc.constantFrom('p', 'q'), { maxLength: 2 })),
      (steps, first, [d, set]) => {
        const { set: _set, ...mine } = first;
        const theirs: Spec = { d, ...(set.length > 0 && { set }) };
        const one = { apply: mine, by: 'alice', force: true };
        const two = { apply: theirs, by: 'bob', force: true };
        const [left, right] = [after([...steps, one, two]), after([...steps, two, one])];
        expect(timeless(left)).toEqual(timeless(right));
      },
    ),
  );
});

test('an applier that names nothing any more leaves the object as if it had never applied', () => {
  fc.assert(
    fc.property(spec, spec, (first, second) => {
      const alone = after([{ apply: first, by: 'alice' }]);
      const left = after([
        { apply: first, by: 'alice' },
        { apply: withoutConflicts(second, first), by: 'bob' },
        { apply: {}, by: 'bob' },
      ]);
      expect(jsonEqual(alone.outcome, left.outcome)).toBe(true);
    }),
  );
});

/** The parts of `spec` that `other` says nothing about. */
function withoutConflicts(one: Spec, other: Spec): Spec {
  return Object.fromEntries(Object.entries(one).filter(([key]) => !(key in other)));
}
