import { expect, test } from 'vitest';
import { ChargesInFlight } from './charges-in-flight.ts';

test('a version seen for a second -> no more waiting; a new one -> waits anew, but not for ever', () => {
  const charges = new ChargesInFlight();
  expect(charges.waitMs('shop/q', '1', 0)).toBe(1_000);
  expect(charges.waitMs('shop/q', '1', 400)).toBe(600);
  expect(charges.waitMs('shop/q', '2', 900)).toBe(1_000);
  expect(charges.waitMs('shop/q', '2', 1_900)).toBe(0);
  expect(charges.waitMs('shop/q', '3', 9_500)).toBe(500);
  expect(charges.waitMs('shop/q', '4', 10_000)).toBe(0);
  charges.forget('shop/q');
  expect(charges.waitMs('shop/q', '4', 10_000)).toBe(1_000);
});
