// Do the expressions of a policy fit the kinds that it is about? What does not fit is told in its status, and changes nothing.
// Source: apiserver/pkg/admission/plugin/policy/validating/typechecking.go.

import type {
  ExpressionWarning,
  RuleWithOperations,
  ValidatingAdmissionPolicy,
} from '../../../apis/admissionregistration/generated/v1.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { CelCompileError } from '../../cel/program.ts';
import { typeOfSchema } from '../../cel/schema-types.ts';
import { type CelType, dyn } from '../../cel/types.ts';
import type { Catalogue, CatalogueEntry } from '../../registry/catalogue.ts';
import { refName, type Schemas } from '../../schema/schemas.ts';
import { anything, Expressions } from './expressions.ts';
import { entryOfKind, gvkText } from './policy-invocations.ts';
import { requestTypes } from './request-types.ts';

/** Of each rule at most so many kinds are looked at. Source: maxTypesToCheck. */
const kindsMax = 10;

interface Parts {
  catalogue: Catalogue;
  schemas: Schemas;
}

/** One warning for each expression that does not fit at least one of the kinds. */
export function expressionWarnings({ spec = {} }: ValidatingAdmissionPolicy, parts: Parts): ExpressionWarning[] {
  const { paramKind, variables = [], validations = [], matchConstraints } = spec;
  const paramEntry = paramKind && entryOfKind(parts.catalogue.entries, paramKind);
  const paramType = paramEntry ? objectType(parts.schemas, paramEntry) : dyn;
  const kinds = kindsOf(parts.catalogue, matchConstraints?.resourceRules ?? []).map((entry) => {
    const type = objectType(parts.schemas, entry);
    const types = new Map([...requestTypes, ['object', type] as const, ['oldObject', type] as const]);
    if (paramKind) types.set('params', paramType);
    return { entry, expressions: new Expressions(types, { variables }) };
  });
  const check = (fieldRef: string, text: string | undefined): ExpressionWarning[] => {
    if (!text) return [];
    const problems = kinds.flatMap(({ entry, expressions }) => {
      const program = expressions.program(text, anything);
      if (!(program instanceof CelCompileError)) return [];
      return [`${gvkText(entry)}: ${program.message.replace(/^compilation failed: /, '')}\n`];
    });
    return problems.length === 0 ? [] : [{ fieldRef, warning: problems.join('\n') }];
  };
  return validations.flatMap(({ expression, messageExpression }, i) => [
    ...check(`spec.validations[${i}].expression`, expression),
    ...check(`spec.validations[${i}].messageExpression`, messageExpression),
  ]);
}

/** The kinds that rules name without wildcards, by group, version and kind. */
function kindsOf(catalogue: Catalogue, rules: readonly RuleWithOperations[]): CatalogueEntry[] {
  const found = rules.flatMap(({ apiGroups = [], apiVersions = [], resources = [] }) => {
    if ([...apiGroups, ...apiVersions].some((word) => word.includes('*'))) return [];
    const entries = catalogue.entries.filter(({ definition: { resource } }) => {
      const { group, version, plural } = resource;
      return apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural);
    });
    return entries.slice(0, kindsMax);
  });
  const textOf = ({ definition: { resource } }: CatalogueEntry): string =>
    [resource.group, resource.version, resource.kind].join('\0');
  const byText = new Map(found.map((entry) => [textOf(entry), entry]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

const types = new WeakMap<JsonSchema, CelType>();

function objectType(schemas: Schemas, { definition }: CatalogueEntry): CelType {
  const schema = schemas.named(definition.schemaName);
  let type = types.get(schema);
  if (!type) {
    type = typeOfSchema(inlined(schema, schemas, []), { isResource: false }) ?? dyn;
    types.set(schema, type);
  }
  return type;
}

/** Whatever it is, expressions may do with it what they like. */
const untyped: JsonSchema = { 'x-kubernetes-int-or-string': true };

/** The schema with all references followed; where one leads back to itself, anything goes. */
function inlined(schema: JsonSchema, schemas: Schemas, above: readonly string[]): JsonSchema {
  const name = refName(schema);
  if (name !== undefined && above.includes(name)) return untyped;
  const { properties, items, additionalProperties, ...own } = schemas.resolve(schema);
  if (own.type === undefined || own.format === 'int-or-string') return untyped;
  const path = name === undefined ? above : [...above, name];
  const below = (each: JsonSchema): JsonSchema => inlined(each, schemas, path);
  return {
    ...own,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, below(each)])),
    }),
    ...(items && { items: below(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? below(additionalProperties) : additionalProperties,
    }),
  };
}
