// What is an event of events.k8s.io to the API server? A core event in another shape: one store, two views.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { eventColumns } from '../core/event.ts';
import { validateStrictEvent, validateStrictEventUpdate } from '../core/event-validation.ts';
import type { Event as CoreEvent } from '../core/generated/v1.ts';
import { defineResource, type PrinterColumn } from '../definition.ts';
import { coreEvents } from '../resources.ts';
import type { Event } from './generated/v1.ts';

export const events: Resource<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** A core event as events.k8s.io shows it. Empty names, which a core event always has, are none here. */
export function fromCoreEvent(stored: CoreEvent): Event {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, ...named } = stored;
  const { reportingComponent, reportingInstance, ...shared } = named;
  return {
    ...shared,
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    regarding: involvedObject,
    ...(message !== undefined && { note: message }),
    ...(source !== undefined && { deprecatedSource: source }),
    ...(firstTimestamp !== undefined && { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp !== undefined && { deprecatedLastTimestamp: lastTimestamp }),
    ...(count !== undefined && { deprecatedCount: count }),
    ...(reportingComponent && { reportingController: reportingComponent }),
    ...(reportingInstance && { reportingInstance }),
  } as Event;
}

/** The stored shape of an event of events.k8s.io: with both names of its reporter, if empty ones. */
export function toCoreEvent(event: Event): CoreEvent {
  const {
    regarding,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    reportingController,
    reportingInstance,
    ...shared
  } = event;
  return {
    ...shared,
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: regarding ?? {},
    ...(note !== undefined && { message: note }),
    ...(deprecatedSource !== undefined && { source: deprecatedSource }),
    ...(deprecatedFirstTimestamp !== undefined && { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp !== undefined && { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedCount !== undefined && { count: deprecatedCount }),
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
  };
}

const columns: PrinterColumn<Event>[] = eventColumns.map((column) => ({
  ...column,
  cell: (event, nowMs) => column.cell(toCoreEvent(event), nowMs),
}));

export const eventsEvent = defineResource<Event>({
  resource: events,
  listKind: 'EventList',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.events.v1.Event',
  isBuiltIn: true,
  hasGeneration: false,
  storedAs: coreEvents,
  validateCreate: (event) => validateStrictEvent(toCoreEvent(event)),
  validateUpdate: (event, old) => validateStrictEventUpdate(toCoreEvent(event), toCoreEvent(old)),
  fromStored: (stored: KubeObject) => fromCoreEvent(stored as CoreEvent),
  toStored: toCoreEvent,
  columns,
  selectableFields: {
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
});
