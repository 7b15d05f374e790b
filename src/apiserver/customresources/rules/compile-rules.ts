// Do the CEL rules of a schema compile, and what may they cost? Source: apiextensions validation and schema/cel/compilation.go.

import { forbidden, invalidValue } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema, ValidationRule } from '../../../apis/definition.ts';
import { CelCompileError, compileProgram, type Program } from '../../cel/program.ts';
import { cardinalityOf, typeOfSchema } from '../../cel/schema-types.ts';
import { type CelType, optionalOf } from '../../cel/types.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';

const ruleCostMax = 10_000_000;
const definitionCostMax = 100_000_000;
const advice =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

export interface CompiledRule {
  rule: ValidationRule;
  program: Program | undefined;
  message: Program | undefined;
  /** Why the rule or its message does not compile. */
  problem: string | undefined;
  messageProblem: string | undefined;
  usesOldSelf: boolean;
}

/** The rules of one schema node, compiled. */
export function compileRules(schema: JsonSchema, { isResource }: { isResource: boolean }): CompiledRule[] {
  const self = typeOfSchema(schema, { isResource });
  return (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, self ?? { kind: 'dyn' }));
}

function compileRule(rule: ValidationRule, self: CelType): CompiledRule {
  const variables = new Map([
    ['self', self],
    ['oldSelf', rule.optionalOldSelf ? optionalOf(self) : self],
  ]);
  const main = compile(rule.rule, variables, {
    kind: 'bool',
    mustBe: 'cel expression must evaluate to a bool',
    prefix: '',
  });
  const message = rule.messageExpression
    ? compile(rule.messageExpression, variables, {
        kind: 'string',
        mustBe: 'messageExpression must evaluate to a string',
        prefix: 'messageExpression ',
      })
    : undefined;
  return {
    rule,
    program: main.program,
    problem: main.problem,
    message: message?.program,
    messageProblem: message?.problem,
    usesOldSelf: main.program?.uses.has('oldSelf') ?? false,
  };
}

function compile(
  text: string,
  variables: ReadonlyMap<string, CelType>,
  { kind, mustBe, prefix }: { kind: string; mustBe: string; prefix: string },
): { program: Program | undefined; problem: string | undefined } {
  try {
    const program = compileProgram(text, variables);
    if (program.type.kind !== kind) return { program: undefined, problem: mustBe };
    if (program.problem !== undefined)
      return { program: undefined, problem: `${prefix}program instantiation failed: ${program.problem}` };
    return { program, problem: undefined };
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return { program: undefined, problem: `${prefix}compilation failed: ${error.message}` };
  }
}

interface Place {
  path: string;
  isResource: boolean;
  /** How often the node can stand in an object; undefined where no limit of the schema says. */
  cardinality: number | undefined;
  /** The first path above that old and new objects can't be told to share. */
  uncorrelatable: string | undefined;
}

interface Costs {
  total: number;
  expensive: { path: string; cost: number }[];
}

/** Problems of all rules of a schema that is sound otherwise. */
export function ruleCauses(schema: JsonSchema, path: string): StatusCause[] {
  const costs: Costs = { total: 0, expensive: [] };
  const causes = visit(schema, { path, isResource: true, cardinality: 1, uncorrelatable: undefined }, costs);
  if (costs.total <= definitionCostMax) return causes;
  const expensive = costs.expensive
    .filter(({ cost }) => cost >= definitionCostMax / 100)
    .sort((a, b) => b.cost - a.cost)
    .slice(0, 4);
  const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
  return [
    ...causes,
    ...expensive.map((each) => forbidden(each.path, contributed)),
    forbidden(
      path,
      overBudget(
        'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
        costs.total,
        definitionCostMax,
      ),
    ),
  ];
}

function visit(schema: JsonSchema, place: Place, costs: Costs): StatusCause[] {
  const { path, uncorrelatable } = place;
  const { items, properties = {}, additionalProperties } = schema;
  const isEmbedded = (each: JsonSchema): boolean => each['x-kubernetes-embedded-resource'] === true;
  const below = (each: JsonSchema, more: Pick<Place, 'path'> & Partial<Place>): StatusCause[] =>
    visit(
      each,
      { ...place, cardinality: times(place.cardinality, factorOf(schema)), isResource: isEmbedded(each), ...more },
      costs,
    );
  const isMapList = schema['x-kubernetes-list-type'] === 'map';
  return [
    ...(typeof additionalProperties === 'object'
      ? below(additionalProperties, { path: childPath(path, 'additionalProperties') })
      : []),
    ...Object.entries(properties).flatMap(([key, each]) =>
      below(each, { path: keyPath(childPath(path, 'properties'), key) }),
    ),
    ...(items
      ? below(items, {
          path: childPath(path, 'items'),
          uncorrelatable: isMapList ? uncorrelatable : (uncorrelatable ?? path),
        })
      : []),
    ...nodeCauses(schema, place, costs),
  ];
}

function nodeCauses(schema: JsonSchema, place: Place, costs: Costs): StatusCause[] {
  const { path, isResource, uncorrelatable } = place;
  const count = place.cardinality ?? cardinalityOf(schema, { isResource });
  return compileRules(schema, { isResource }).flatMap((compiled, i) => {
    const at = indexPath(childPath(path, 'x-kubernetes-validations'), i);
    const { rule, problem, messageProblem, usesOldSelf } = compiled;
    const causes = [
      ...costCauses(compiled.program, { path: `${at}.rule`, count, what: 'estimated rule cost', costs }),
      ...(problem === undefined ? [] : [invalidValue(`${at}.rule`, shown(rule), problem)]),
      ...(messageProblem === undefined ? [] : [invalidValue(`${at}.messageExpression`, shown(rule), messageProblem)]),
      ...costCauses(compiled.message, {
        path: `${at}.messageExpression`,
        count: 1,
        what: 'estimated messageExpression cost',
        costs,
      }),
    ];
    if (usesOldSelf && uncorrelatable !== undefined)
      causes.push(
        invalidValue(
          `${at}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
        ),
      );
    if (!usesOldSelf && problem === undefined && rule.optionalOldSelf !== undefined)
      causes.push(
        invalidValue(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
      );
    return causes;
  });
}

/** A rule as upstream shows its own. */
function shown({
  rule,
  message = '',
  messageExpression = '',
  reason,
  fieldPath = '',
  optionalOldSelf,
}: ValidationRule) {
  return {
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason ?? null,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}

function costCauses(
  program: Program | undefined,
  { path, count, what, costs }: { path: string; count: number; what: string; costs: Costs },
): StatusCause[] {
  if (!program) return [];
  const cost = program.cost.max === 0 ? 0 : program.cost.max * count;
  costs.total += cost;
  costs.expensive.push({ path, cost });
  return cost > ruleCostMax ? [forbidden(path, overBudget(what, cost, ruleCostMax))] : [];
}

function overBudget(what: string, cost: number, max: number): string {
  const factor = cost / max;
  const text = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${text} ${advice}`;
}

function factorOf({ type, additionalProperties, maxProperties, maxItems }: JsonSchema): number | undefined {
  if (type === 'array') return maxItems;
  return type === 'object' && additionalProperties !== undefined ? maxProperties : 1;
}

function times(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a * b;
}
