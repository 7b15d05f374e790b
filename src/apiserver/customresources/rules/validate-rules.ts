// Does an object obey the CEL rules of its schema? Source: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go.

import { duplicate, forbidden, invalidValue, invalidWhole, required } from '../../../apimachinery/field-error.ts';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import { ownField } from '../../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema, ValidationRule } from '../../../apis/definition.ts';
import { CelCostError } from '../../cel/evaluate.ts';
import { schemaValue } from '../../cel/json-values.ts';
import { scopeOf } from '../../cel/program.ts';
import { CelError, type CelValue, OptionalValue } from '../../cel/values.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';
import { resolveFieldPath } from '../schema/field-path.ts';
import { correlateItems } from '../values/correlate.ts';
import { isJsonObject } from '../values/json.ts';
import { schemaOfField } from '../values/prune.ts';
import { type CompiledRule, compileRules } from './compile-rules.ts';

/** What all rules together may cost in one request. Source: RuntimeCELCostBudget. */
const budgetMax = 10_000_000;
const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';
const messageBytesMax = 5 * 1024;

/** Checks objects of one schema; rules are compiled when they are first needed. */
export class RuleValidator {
  readonly #schema: JsonSchema;
  readonly #compiled = new Map<JsonSchema, CompiledRule[]>();

  constructor(schema: JsonSchema) {
    this.#schema = schema;
  }

  /** Everything that a rule says no to. `old` is the object before an update; what it had already is no more than warned of. */
  validate(object: unknown, old: unknown, warn?: (text: string) => void): StatusCause[] {
    const run: Run = { causes: [], budget: budgetMax, warn };
    this.#visit(
      {
        value: object,
        old,
        path: '',
        schema: this.#schema,
        isResource: true,
        isSame: old !== undefined && jsonEqual(object, old),
      },
      run,
    );
    return run.causes;
  }

  #visit(subject: Subject, run: Run): void {
    const { value, old, path, schema } = subject;
    if (value === null || value === undefined || run.budget < 0) return;
    this.#apply(subject, run);
    if (Array.isArray(value)) {
      const { items } = schema;
      const before = correlateItems(schema, old);
      if (items)
        for (const [i, item] of value.entries())
          this.#visit(below(subject, { value: item, old: before(item), path: indexPath(path, i), schema: items }), run);
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        const known = schemaOfField(schema, key);
        const at = ownField(schema.properties, key) ? childPath(path, key) : keyPath(path, key);
        if (known)
          this.#visit(
            below(subject, {
              value: item,
              old: isJsonObject(old) ? ownField(old, key) : undefined,
              path: at,
              schema: known,
            }),
            run,
          );
      }
    }
  }

  #rulesOf(schema: JsonSchema, isResource: boolean): CompiledRule[] {
    let rules = this.#compiled.get(schema);
    if (!rules) {
      rules = compileRules(schema, { isResource });
      this.#compiled.set(schema, rules);
    }
    return rules;
  }

  #apply(subject: Subject, run: Run): void {
    const { value, old, path, schema, isResource } = subject;
    const rules = this.#rulesOf(schema, isResource);
    const type = schema.type ?? '';
    for (const compiled of rules) {
      if (run.budget < 0) return;
      const { rule, program, problem, usesOldSelf } = compiled;
      if (!program) {
        run.causes.push(invalidValue(field(path), type, `rule compile error: ${problem}`));
        continue;
      }
      if (usesOldSelf && old === undefined && !rule.optionalOldSelf) continue;
      const self = lazy(() => schemaValue(value, schema, { isResource }));
      const before = lazy(() => (old === undefined ? null : schemaValue(old, schema, { isResource })));
      const scope = {
        get: (name: string): CelValue | undefined => {
          if (name === 'self') return self();
          if (name !== 'oldSelf') return undefined;
          if (!rule.optionalOldSelf) return before();
          return old === undefined ? OptionalValue.none : new OptionalValue(before());
        },
      };
      const outcome = program.run(scope);
      run.budget -= outcome.cost;
      if (run.budget < 0) {
        run.causes.push(invalidValue(field(path), type, outOfBudget));
        return;
      }
      if (!outcome.ok) {
        run.causes.push(invalidValue(field(path), type, failure(outcome.error, rule)));
        if (outcome.error instanceof CelCostError) run.budget = -1;
        continue;
      }
      if (outcome.value === true) continue;
      const cause = refusal(subject, rule, messageOf(compiled, scope, run) ?? defaultMessage(rule));
      // What was like this before the rule is let pass.
      if (!usesOldSelf && subject.isSame) run.warn?.(`${cause.field}: ${cause.message}`);
      else run.causes.push(cause);
    }
  }
}

interface Run {
  causes: StatusCause[];
  /** What rules may still cost; negative when nothing is left. */
  budget: number;
  warn: ((text: string) => void) | undefined;
}

interface Subject {
  value: unknown;
  old: unknown;
  path: string;
  schema: JsonSchema;
  isResource: boolean;
  /** Is this part, or one that it belongs to, the same as before? */
  isSame: boolean;
}

function below(subject: Subject, next: Pick<Subject, 'value' | 'old' | 'path' | 'schema'>): Subject {
  const isSame = next.old === undefined ? subject.isSame : jsonEqual(next.value, next.old);
  return { ...next, isResource: next.schema['x-kubernetes-embedded-resource'] === true, isSame };
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const field = (path: string): string => path || '<nil>';

function ruleText({ rule, message = '' }: ValidationRule): string {
  return message === '' ? rule.trim() : message.trim();
}

function defaultMessage(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
}

function failure(error: CelError | CelCostError, rule: ValidationRule): string {
  if (error instanceof CelCostError)
    return `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`;
  if (error.message.startsWith('no such overload'))
    return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  return `${error.message} evaluating rule: ${ruleText(rule)}`;
}

/** What the rule's own expression says; undefined where it comes to nothing that can be shown. */
function messageOf({ message }: CompiledRule, scope: ReturnType<typeof scopeOf>, run: Run): string | undefined {
  if (!message) return undefined;
  const outcome = message.run(scope);
  run.budget -= outcome.cost;
  if (!outcome.ok || typeof outcome.value !== 'string') return undefined;
  const text = outcome.value.trim();
  return text === '' || text.includes('\n') || Buffer.byteLength(text) > messageBytesMax ? undefined : text;
}

function refusal({ path, value, schema }: Subject, { reason, fieldPath }: ValidationRule, detail: string): StatusCause {
  const resolved = fieldPath ? resolveFieldPath(fieldPath, schema, { allowsArrayNotation: true }) : undefined;
  const at = resolved?.ok ? (path === '' ? resolved.path : childPath(path, resolved.path)) : field(path);
  const isWhole = schema.type === 'object' || schema.type === 'array';
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(at, detail);
    case 'FieldValueRequired':
      return required(at, detail);
    case 'FieldValueDuplicate':
      return { ...duplicate(at, value), message: 'Duplicate value' };
    default:
      return isWhole ? invalidWhole(at, detail) : invalidValue(at, value, detail);
  }
}
