// How does validation say what is wrong with a field? The error bodies of apimachinery's field.Error.

import { withoutHtml } from './go-json.ts';
import type { StatusCause } from './status-error.ts';

/** A missing value. */
export function required(field: string, detail = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: withDetail('Required value', detail), field };
}

/** A malformed value. */
export function invalidValue(field: string, value: unknown, detail = ''): StatusCause {
  return { reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${render(value)}`, detail), field };
}

/** A value that is wrong as a whole: the message does not repeat it. */
export function invalidWhole(field: string, detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: withDetail('Invalid value', detail), field };
}

/** More items or properties than `max`. */
export function tooMany(field: string, actual: number, max: number): StatusCause {
  const message = `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`;
  return { reason: 'FieldValueTooMany', message, field };
}

/** A value of the wrong JSON type. */
export function typeInvalid(field: string, value: unknown, detail = ''): StatusCause {
  return { reason: 'FieldValueTypeInvalid', message: withDetail(`Invalid value: ${render(value)}`, detail), field };
}

/** A value outside the enumeration `supported`. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): StatusCause {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: withDetail(`Unsupported value: ${render(value)}`, list && `supported values: ${list}`),
    field,
  };
}

/** A value that is well formed but not allowed here and now. */
export function forbidden(field: string, detail: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail), field };
}

/** A value that must be unique and is not. */
export function duplicate(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${render(value)}`, field };
}

/** A rule that could not be checked. */
export function internalError(field: string, detail: string): StatusCause {
  return { reason: 'InternalError', message: `Internal error: ${detail}`, field };
}

/** A reference to something that does not exist. */
export function fieldNotFound(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${render(value)}`, field };
}

/** A value of more than `maxBytes`. */
export function tooLong(field: string, maxBytes: number): StatusCause {
  const unit = maxBytes === 1 ? 'byte' : 'bytes';
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} ${unit}`, field };
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

/** What is no text is written as JSON, in which no HTML can hide. */
function render(value: unknown): string {
  const text = value === undefined ? 'null' : JSON.stringify(value);
  return typeof value === 'object' ? withoutHtml(text) : text;
}
