import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { Refusals } from './refusals.ts';

test('Refusals: each refusal in a row -> a longer wait; time, or success -> none', async () => {
  const clock = new FakeClock();
  const refusals = new Refusals(clock);
  expect(refusals.waitMs('a')).toBe(0);
  refusals.note('a');
  expect(refusals.waitMs('a')).toBe(500);
  await clock.advance(500);
  expect(refusals.waitMs('a')).toBe(0);
  refusals.note('a');
  expect(refusals.waitMs('a')).toBe(1000);
  expect(refusals.waitMs('b')).toBe(0);
  refusals.forget('a');
  expect(refusals.waitMs('a')).toBe(0);
});
