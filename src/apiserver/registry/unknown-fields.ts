// What is said of fields that a kind does not have, or that are named twice, and in which order?

import { invalidValue } from '../../apimachinery/field-error.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { nothingRepeated, problemsInJson, type RepeatedFields, unknownField } from '../repeated-fields.ts';
import type { Operation } from './context.ts';

/** What a patch has made, to be read. */
export interface Patched {
  document: unknown;
  /** Is it made of maps and lists, as upstream's own is, and not of a text? */
  isConverted: boolean;
  /** The text that upstream reads; of maps and lists the patch, for who is to be told of it. */
  text(): string;
  /** What is unknown or repeated in the patch itself, in the words of `list`. */
  own(list: Problems): string[];
}

type Problems = RepeatedFields['problems'];

interface Expected {
  apiVersion: string;
  kind: string;
  /** Is it of a kind that Go has no type for? */
  isCustom: boolean;
}

/** Tells of unknown and repeated fields as fieldValidation asks. Throws BadRequest, of a patch Invalid; may add warnings. */
export function refuseUnknownFields(
  operation: Operation,
  { expected, unknownFields, patched }: { expected: Expected; unknownFields: string[]; patched: Patched | undefined },
): void {
  const { write, warnings, repeated = nothingRepeated } = operation;
  if (write.fieldValidation === 'Ignore') return;
  const told = (list: Problems): string[] => {
    // Of a kind without a type they are found by its schema, once the text has been read.
    const [first, later] = expected.isCustom ? [[], unknownFields] : [unknownFields, []];
    const found = patched ? [...patched.own(list), ...inPatched(operation, patched, first)] : list(first);
    return [...found, ...later.map(unknownField)];
  };
  if (write.fieldValidation === 'Warn') {
    // A change that is tried again says the same again.
    warnings.push(...[...new Set(told(repeated.warnings))].filter((warning) => !warnings.includes(warning)));
    return;
  }
  const problems = told(repeated.problems);
  if (problems.length === 0) return;
  const why = `strict decoding error: ${problems.join(', ')}`;
  throw patched ? invalidPatch(patched, why) : cannotBeHandled(expected, why);
}

/** In what a patch has made. */
function inPatched({ repeated }: Operation, patched: Patched, unknownFields: string[]): string[] {
  if (patched.isConverted) return unknownFields.toSorted().map(unknownField);
  const isOrdered = unknownFields.length < 2 && repeated?.text === undefined;
  return isOrdered ? unknownFields.map(unknownField) : problemsInJson(patched.text(), unknownFields);
}

/** What a patch makes can't be read. */
export function invalidPatch(patched: Patched, why: string): StatusError {
  const cause = invalidValue('patch', patched.text(), why);
  const details = { causes: [cause] };
  return new StatusError('Invalid', ` "" is invalid: patch: ${cause.message}`, { details });
}

export function cannotBeHandled({ apiVersion, kind }: Pick<Expected, 'apiVersion' | 'kind'>, why: string): StatusError {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return new StatusError(
    'BadRequest',
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`,
  );
}
