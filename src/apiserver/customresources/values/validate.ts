// Does a value obey its schema? Rules and message texts of kube-openapi's validator, as
// apiextensions-apiserver turns them into field errors.

import {
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../../apimachinery/field-error.ts';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { regexFinds } from '../../regex/re2.ts';
import { correlateItems } from './correlate.ts';
import { hasFormat, isKnownFormat } from './formats.ts';
import { isJsonObject, jsonType } from './json.ts';
import { numberCauses } from './numbers.ts';

/** What one check found. `matches` counts the checks that went well: of alternatives that all fail, the closest one is reported. */
interface Outcome {
  causes: StatusCause[];
  matches: number;
}

/** A value and what stood in its place before, if the two can be told to belong together. */
interface Subject {
  value: unknown;
  old: unknown;
  path: string;
}

/**
 * Everything that is wrong with `value`. What is wrong in a part that is the same in `old` is let pass,
 * so that a schema may become stricter without locking objects in. Source: CRDValidationRatcheting.
 */
export function validateValue(
  value: unknown,
  schema: JsonSchema,
  { old, path = '' }: { old?: unknown; path?: string } = {},
): StatusCause[] {
  return check({ value, old, path }, schema).causes;
}

function check(subject: Subject, schema: JsonSchema): Outcome {
  const { value, old } = subject;
  const outcome: Outcome = { causes: [], matches: 1 };
  const parts =
    value === null
      ? [checkType, checkEnum]
      : [checkType, checkJunctors, checkString, checkNumber, checkList, checkEnum, checkObject];
  for (const part of parts) {
    merge(outcome, part(subject, schema));
    outcome.matches += 1;
  }
  if (outcome.causes.length > 0 && old !== undefined && jsonEqual(value, old)) outcome.causes = [];
  return outcome;
}

function merge(into: Outcome, { causes, matches }: Outcome): void {
  into.causes.push(...causes);
  into.matches += matches;
}

const found = (causes: StatusCause[], matches = 0): Outcome => ({ causes, matches });
const nothing: Outcome = { causes: [], matches: 0 };

function checkType({ value, path }: Subject, schema: JsonSchema): Outcome {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  if (types.length === 0 || (value === null && schema.nullable)) return found([], 1);
  const type = jsonType(value);
  const { format = '' } = schema;
  if (format && value !== null && !types.includes(type) && (schema.type !== 'string' || isKnownFormat(format))) {
    const isText = type === 'string' || type === 'array';
    // Of texts and lists only their format counts, where there is one for texts.
    if (isText && !types.includes('number') && !types.includes('integer')) return found([], 1);
    const goFormat = { integer: 'int64', number: 'float64' }[type] ?? '';
    if (!isText && goFormat !== format && !(type === 'integer' && types.includes('number')))
      return found([typeInvalid(path, goFormat, `${subjectName(path)} must be of type ${format}: "${goFormat}"`)]);
  }
  const fits = types.includes(type) || (type === 'integer' && types.includes('number'));
  if (fits) return found([], 1);
  return found([typeInvalid(path, type, `${subjectName(path)} must be of type ${types.join(',')}: "${type}"`)]);
}

function checkEnum({ value, path }: Subject, { enum: values = [] }: JsonSchema): Outcome {
  if (values.length === 0 || values.some((each) => jsonEqual(each, value))) return nothing;
  return found([
    notSupported(
      path,
      value,
      values.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
    ),
  ]);
}

function checkString({ value, path }: Subject, schema: JsonSchema): Outcome {
  if (typeof value !== 'string') return nothing;
  const { minLength, maxLength, pattern, format } = schema;
  const causes: StatusCause[] = [];
  const { length } = Array.from(value);
  if (maxLength !== undefined && length > maxLength) causes.push(tooLong(path, maxLength));
  else if (minLength !== undefined && length < minLength)
    causes.push(invalidValue(path, value, `${subjectName(path)} should be at least ${minLength} chars long`));
  else if (pattern && !regexFinds(pattern, value))
    causes.push(invalidValue(path, value, `${subjectName(path)} should match '${pattern}'`));
  if (format && !hasFormat(format, value))
    causes.push(typeInvalid(path, value, `${subjectName(path)} must be of type ${format}: ${JSON.stringify(value)}`));
  return found(causes);
}

function checkNumber({ value, path }: Subject, schema: JsonSchema): Outcome {
  return typeof value === 'number' ? found(numberCauses(value, schema, path), 1) : nothing;
}

function checkList({ value, old, path }: Subject, schema: JsonSchema): Outcome {
  if (!Array.isArray(value)) return nothing;
  const { items, minItems, maxItems } = schema;
  const outcome = found([], 1);
  const oldItem = correlateItems(schema, old);
  if (items) {
    for (const [i, item] of value.entries())
      merge(outcome, check({ value: item, old: oldItem(item), path: `${path}[${i}]` }, items));
  }
  const { causes } = outcome;
  if (minItems !== undefined && value.length < minItems)
    causes.push(invalidValue(path, value.length, `${subjectName(path)} should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) causes.push(tooMany(path, value.length, maxItems));
  return outcome;
}

function checkObject({ value, old, path }: Subject, schema: JsonSchema): Outcome {
  if (!isJsonObject(value)) return nothing;
  const { properties = {}, additionalProperties, required: mandatory = [], minProperties, maxProperties } = schema;
  const outcome = found([]);
  const { causes } = outcome;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties)
    causes.push(invalidValue(path, count, `${subjectName(path)} should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && count > maxProperties) causes.push(tooMany(path, count, maxProperties));
  for (const [key, item] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    const before = isJsonObject(old) ? old[key] : undefined;
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof known === 'object') merge(outcome, check({ value: item, old: before, path: at }, known));
    else if (known === false) causes.push(invalidValue(path, '', `${at} in body is a forbidden property`));
  }
  for (const key of mandatory)
    if (!Object.hasOwn(value, key)) causes.push(required(path === '' ? key : `${path}.${key}`));
  return outcome;
}

function checkJunctors(subject: Subject, { anyOf, oneOf, allOf, not }: JsonSchema): Outcome {
  const outcome = found([]);
  if (anyOf?.length) merge(outcome, checkAnyOf(subject, anyOf));
  if (oneOf?.length) merge(outcome, checkOneOf(subject, oneOf));
  if (allOf?.length) merge(outcome, checkAllOf(subject, allOf));
  if (not && alternative(subject, not).causes.length === 0)
    outcome.causes.push(junctor(subject, 'must not validate the schema (not)'));
  return outcome;
}

function checkAnyOf(subject: Subject, schemas: JsonSchema[]): Outcome {
  const outcomes: Outcome[] = [];
  for (const schema of schemas) {
    const outcome = alternative(subject, schema);
    if (outcome.causes.length === 0) return outcome;
    outcomes.push(outcome);
  }
  const { causes, matches } = closest(outcomes);
  return { causes: [junctor(subject, 'must validate at least one schema (anyOf)'), ...causes], matches };
}

function checkOneOf(subject: Subject, schemas: JsonSchema[]): Outcome {
  const outcomes = schemas.map((schema) => alternative(subject, schema));
  const valid = outcomes.filter(({ causes }) => causes.length === 0);
  if (valid.length === 1) return valid[0] as Outcome;
  const counted = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
  const failed = junctor(subject, `must validate one and only one schema (oneOf). ${counted}`);
  if (valid.length > 1) return found([failed]);
  const { causes, matches } = closest(outcomes);
  return { causes: [failed, ...causes], matches };
}

function checkAllOf(subject: Subject, schemas: JsonSchema[]): Outcome {
  const total = found([]);
  const outcomes = schemas.map((schema) => alternative(subject, schema));
  for (const outcome of outcomes) merge(total, outcome);
  const valid = outcomes.filter(({ causes }) => causes.length === 0).length;
  if (valid < schemas.length)
    total.causes.push(
      junctor(subject, `must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`),
    );
  return total;
}

/** Alternatives are not let pass one by one: the value as a whole is. */
function alternative({ value, path }: Subject, schema: JsonSchema): Outcome {
  return check({ value, old: undefined, path }, schema);
}

function closest(outcomes: Outcome[]): Outcome {
  return outcomes.reduce((best, each) => (each.matches > best.matches ? each : best));
}

function junctor({ path }: Subject, message: string): StatusCause {
  return invalidValue('<nil>', '', `${JSON.stringify(path)} ${message}`);
}

/** `spec.size in body`; the value as a whole has no name. */
function subjectName(path: string): string {
  return `${path} in body`;
}
