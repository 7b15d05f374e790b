// Does each situation of a restore lead to the right step?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RestoreView, reconcileRestore, type Step } from './reconcile.ts';

function view(overrides: Partial<RestoreView> = {}): RestoreView {
  return {
    phase: 'InProgress',
    isDeleting: false,
    validationErrors: [],
    isLocationKnown: true,
    hasFoundation: true,
    downloads: [],
    failure: undefined,
    ...overrides,
  };
}

test.each<{ name: string; view: Partial<RestoreView>; want: Step }>([
  { name: 'new and valid -> starts', view: { phase: undefined }, want: { type: 'Start' } },
  {
    name: 'unknown backup -> rejected',
    view: { phase: 'New', validationErrors: ['no'] },
    want: { type: 'RejectInvalid', errors: ['no'] },
  },
  {
    name: 'location not looked at yet -> waits',
    view: { phase: 'New', isLocationKnown: false },
    want: { type: 'Wait', reason: 'LocationValidation' },
  },
  { name: 'started -> claims first', view: { hasFoundation: false }, want: { type: 'RestoreFoundation' } },
  {
    name: 'data on its way -> waits',
    view: { downloads: [{ isFinished: false, isCleaningUp: false }] },
    want: { type: 'Wait', reason: 'DataDownload' },
  },
  {
    name: 'data there, mover still holds the volume -> waits',
    view: { downloads: [{ isFinished: true, isCleaningUp: true }] },
    want: { type: 'Wait', reason: 'DataDownload' },
  },
  {
    name: 'data there -> the rest',
    view: { downloads: [{ isFinished: true, isCleaningUp: false }] },
    want: { type: 'RestoreRest' },
  },
  { name: 'no data -> the rest', view: {}, want: { type: 'RestoreRest' } },
  { name: 'backup cannot be read -> fails', view: { failure: 'damaged' }, want: { type: 'Fail', message: 'damaged' } },
  { name: 'completed -> settled', view: { phase: 'Completed' }, want: { type: 'Settled' } },
  { name: 'deleted half way -> settled', view: { isDeleting: true }, want: { type: 'Settled' } },
])('reconcileRestore: $name', ({ view: overrides, want }) => {
  expect(reconcileRestore(view(overrides))).toEqual(want);
});

test('nothing that runs is restored while data is moved', () => {
  const anyView = fc.record<RestoreView>({
    phase: fc.constantFrom(undefined, 'New', 'InProgress', 'Completed'),
    isDeleting: fc.boolean(),
    validationErrors: fc.constantFrom([], ['bad']),
    isLocationKnown: fc.boolean(),
    hasFoundation: fc.boolean(),
    downloads: fc.array(fc.record({ isFinished: fc.boolean(), isCleaningUp: fc.boolean() }), { maxLength: 3 }),
    failure: fc.constantFrom(undefined, 'why'),
  });
  fc.assert(
    fc.property(anyView, (each) => {
      if (reconcileRestore(each).type !== 'RestoreRest') return;
      expect(each.hasFoundation).toBe(true);
      expect(each.downloads.every((download) => download.isFinished && !download.isCleaningUp)).toBe(true);
    }),
  );
});
