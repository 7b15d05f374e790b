// What is an event to the API server?

import { ageOf } from '../../apimachinery/duration.ts';
import { column, wideColumn } from '../columns.ts';
import { defineResource, type PrinterColumn } from '../definition.ts';
import { coreEvents } from '../resources.ts';
import { validateEvent } from './event-validation.ts';
import type { Event } from './generated/v1.ts';

/** Columns of an event in its core shape. */
export const eventColumns: PrinterColumn<Event>[] = [
  column('Last Seen', lastSeen),
  column('Type', ({ type }) => type ?? ''),
  column('Reason', ({ reason }) => reason ?? ''),
  column('Object', ({ involvedObject: { kind = '', name } }) =>
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
  ),
  wideColumn('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? ''),
  wideColumn('Source', ({ source, reportingComponent, reportingInstance }) =>
    [source?.component || reportingComponent || '', source?.host || reportingInstance]
      .filter((part, index) => index === 0 || part)
      .join(', '),
  ),
  column('Message', ({ message }) => (message ?? '').trim()),
  wideColumn('First Seen', firstSeen),
  wideColumn('Count', ({ series, count }) => series?.count ?? (count || 1)),
  { ...wideColumn<Event>('Name', ({ metadata }) => metadata.name), format: 'name' },
];

export const event = defineResource<Event>({
  resource: coreEvents,
  listKind: 'EventList',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.Event',
  isBuiltIn: true,
  hasGeneration: false,
  columns: eventColumns,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
  applyDefaults: (object) => {
    object.involvedObject ??= {};
    object.source ??= {};
    object.reportingComponent ??= '';
    object.reportingInstance ??= '';
  },
  validateCreate: (object) => validateEvent(object, 'reportingComponent'),
  validateUpdate: (object) => validateEvent(object, 'reportingComponent'),
});

function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return ageOf(firstTimestamp ?? eventTime, nowMs);
}

function lastSeen(object: Event, nowMs: number): string {
  if (object.series) return ageOf(object.series.lastObservedTime, nowMs);
  return object.lastTimestamp ? ageOf(object.lastTimestamp, nowMs) : firstSeen(object, nowMs);
}
