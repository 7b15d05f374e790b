import { expect, test } from 'vitest';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateEvent, validateStrictEvent, validateStrictEventUpdate } from './event-validation.ts';
import type { Event } from './generated/v1.ts';

const event = (fields: Partial<Event> = {}): Event => ({
  metadata: { name: 'e', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  involvedObject: { namespace: 'demo', kind: 'Pod', name: 'p' },
  eventTime: '2026-06-01T12:00:00.000000Z',
  reportingComponent: 'example.com/c',
  reportingInstance: 'c-1',
  action: 'Pull',
  reason: 'Pulled',
  type: 'Normal',
  ...fields,
});
const old = { eventTime: undefined as unknown as string };
const lines = (causes: StatusCause[]): string[] => causes.map(({ field, message }) => `${field}: ${message}`);
const elsewhere = (about: string): string =>
  `involvedObject.namespace: Invalid value: "${about}": does not match event.namespace`;

test.each<{ name: string; given: Partial<Event>; want: string[] }>([
  { name: 'whole -> accepted', given: {}, want: [] },
  { name: 'of another namespace -> accepted', given: { involvedObject: { namespace: 'other' } }, want: [] },
  {
    name: 'old, of another namespace',
    given: { ...old, involvedObject: { namespace: 'other' } },
    want: [elsewhere('other')],
  },
  { name: 'of the cluster, in a namespace', given: { involvedObject: {} }, want: [elsewhere('')] },
  {
    name: 'old, that says nothing of its origin -> accepted',
    given: { ...old, action: '', reportingComponent: '' },
    want: [],
  },
  {
    name: 'long texts',
    given: { action: 'a'.repeat(129), message: 'm'.repeat(1025) },
    want: [
      'action: Invalid value: "": can have at most 128 characters',
      'message: Invalid value: "": can have at most 1024 characters',
    ],
  },
])('any event: $name', ({ given, want }) => {
  expect(lines(validateEvent(event(given), 'reportingComponent'))).toEqual(want);
});

test('a new event of events.k8s.io says nothing that is deprecated, and its series goes on', () => {
  const given = { count: 2, source: { host: 'h' }, series: { count: 1 }, type: 'Odd' } as Partial<Event>;
  expect(lines(validateStrictEvent(event(given)))).toEqual([
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
    'type: Invalid value: "": has invalid value: Odd',
    'count: Invalid value: "": needs to be unset',
    'source: Invalid value: "": needs to be unset',
  ]);
});

test('of an event of events.k8s.io only the series changes', () => {
  const series = { count: 2, lastObservedTime: '2026-06-01T12:00:01.000000Z' };
  expect(validateStrictEventUpdate(event({ series }), event())).toEqual([]);
  const changed = event({ involvedObject: { name: 'q' }, metadata: { ...event().metadata, namespace: 'default' } });
  expect(lines(validateStrictEventUpdate(changed, event()))).toEqual([
    'involvedObject: Invalid value: {"Kind":"","Namespace":"","Name":"q","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
  ]);
});
