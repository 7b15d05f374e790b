// Which events are refused? Those of the core API by old rules, those of events.k8s.io by strict ones as well.
// Source: pkg/apis/core/validation/events.go.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
import type { Event } from './generated/v1.ts';

const textMax = 128;
const messageMax = 1024;

/** Causes against any event. What reports it is called differently by each API. */
export function validateEvent(event: Event, controllerField: string): StatusCause[] {
  const { involvedObject, metadata, eventTime, reportingComponent = '', reportingInstance, message = '' } = event;
  const { namespace: about = '' } = involvedObject;
  const { namespace = '' } = metadata;
  const elsewhere = [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
  // Events about cluster-scoped objects stand in `default`.
  if (!eventTime) return namespace === (about || 'default') ? [] : elsewhere;
  return [
    ...(about === '' && namespace !== 'default' && namespace !== 'kube-system' ? elsewhere : []),
    ...(reportingComponent ? [] : [required(controllerField)]),
    ...named(controllerField, reportingComponent, labelKey),
    ...shortText('reportingInstance', reportingInstance),
    ...shortText('action', event.action),
    ...shortText('reason', event.reason),
    ...(Buffer.byteLength(message) > messageMax ? [tooManyCharacters('message', messageMax)] : []),
  ];
}

function shortText(field: string, text = ''): StatusCause[] {
  if (text === '') return [required(field)];
  return Buffer.byteLength(text) > textMax ? [tooManyCharacters(field, textMax)] : [];
}

function tooManyCharacters(field: string, max: number): StatusCause {
  return invalidValue(field, '', `can have at most ${max} characters`);
}

/** Causes against a new event of events.k8s.io. */
export function validateStrictEvent(event: Event): StatusCause[] {
  const { eventTime, type = '', source = {} } = event;
  const unset = (['firstTimestamp', 'lastTimestamp', 'count'] as const).filter((field) => event[field]);
  return [
    ...validateEvent(event, 'reportingController'),
    ...seriesCauses(event),
    ...(eventTime ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
    ...[...unset, ...(source.component || source.host ? ['source'] : [])].map((field) =>
      invalidValue(field, '', 'needs to be unset'),
    ),
  ];
}

function seriesCauses({ series }: Event): StatusCause[] {
  if (!series) return [];
  const causes = (series.count ?? 0) < 2 ? [invalidValue('series.count', '', 'should be at least 2')] : [];
  return series.lastObservedTime ? causes : [...causes, required('series.lastObservedTime')];
}

/** Causes against an update of an event of events.k8s.io: only its series goes on. */
export function validateStrictEventUpdate(event: Event, old: Event): StatusCause[] {
  const causes = validateEvent(event, 'reportingController');
  if (!semanticallyEqualStructs(event.series, old.series)) causes.push(...seriesCauses(event));
  const fixed = (field: string, of: (event: Event) => unknown): StatusCause[] =>
    semanticallyEqualStructs(of(event), of(old)) ? [] : [invalidValue(field, of(event), 'field is immutable')];
  return [
    ...causes,
    ...fixed('involvedObject', ({ involvedObject }) => internalForm('ObjectReference', involvedObject)),
    ...fixed('reason', ({ reason }) => reason ?? ''),
    ...fixed('message', ({ message }) => message ?? ''),
    ...fixed('source', ({ source }) => internalForm('EventSource', source ?? {})),
    ...fixed('firstTimestamp', ({ firstTimestamp }) => firstTimestamp ?? null),
    ...fixed('lastTimestamp', ({ lastTimestamp }) => lastTimestamp ?? null),
    ...fixed('count', ({ count }) => count ?? 0),
    ...fixed('reason', ({ reason }) => reason ?? ''),
    ...fixed('type', ({ type }) => type ?? ''),
    ...fixed('eventTime', ({ eventTime }) => eventTime ?? null),
    ...fixed('action', ({ action }) => action ?? ''),
    ...fixed('related', ({ related }) => internalForm('ObjectReference', related)),
    ...fixed('reportingController', ({ reportingComponent }) => reportingComponent ?? ''),
    ...fixed('reportingInstance', ({ reportingInstance }) => reportingInstance ?? ''),
  ];
}
