// Do the expressions of webhook configurations and policies compile? What else can be
// wrong with them is known without CEL. Source: pkg/apis/admissionregistration/validation.

import { internalError, invalidValue } from '../../../apimachinery/field-error.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingWebhook,
  ValidatingAdmissionPolicy,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { CelCompileError } from '../../cel/program.ts';
import { webhookExpressions } from './conditions.ts';
import { anything, booleans, type Expressions, texts, textsOrNull, type Wanted } from './expressions.ts';
import { configurations, patches } from './mutation.ts';
import { compiledFor } from './policy-expressions.ts';
import type { PolicySpec } from './policy-invocations.ts';

/** Problems of an object of the group; empty for kinds that have no rules here. */
export function registrationRules(plural: string, object: KubeObject): StatusCause[] {
  switch (plural) {
    case 'mutatingwebhookconfigurations':
    case 'validatingwebhookconfigurations':
      return webhookRules((object as { webhooks?: MutatingWebhook[] }).webhooks ?? []);
    case 'validatingadmissionpolicies':
      return validatingRules(object);
    case 'mutatingadmissionpolicies':
      return mutatingRules(object);
    default:
      return [];
  }
}

function webhookRules(webhooks: MutatingWebhook[]): StatusCause[] {
  return webhooks.flatMap(({ matchConditions }, i) =>
    conditionRules(webhookExpressions, matchConditions, `webhooks[${i}].matchConditions`),
  );
}

function conditionRules(
  expressions: Expressions,
  conditions: readonly { expression: string }[] | undefined,
  path: string,
): StatusCause[] {
  return (conditions ?? []).flatMap(({ expression }, i) =>
    expressionRules(expressions, expression, { path: `${path}[${i}].expression`, wanted: booleans }),
  );
}

/** An expression must compile and give the right type. One that is missing is told elsewhere. */
function expressionRules(
  expressions: Expressions,
  expression: string | undefined,
  { path, wanted }: { path: string; wanted: Wanted },
): StatusCause[] {
  if (!expression?.trim()) return [];
  const program = expressions.program(expression, wanted);
  if (!(program instanceof CelCompileError)) return [];
  const isOwn = program.step === 'program instantiation';
  return [isOwn ? internalError(path, program.message) : invalidValue(path, expression, program.message)];
}

/** Conditions and variables. */
function commonRules(expressions: Expressions, { matchConditions, variables = [] }: PolicySpec): StatusCause[] {
  return [
    ...conditionRules(expressions, matchConditions, 'spec.matchConditions'),
    ...variables.flatMap(({ expression }, i) =>
      expressionRules(expressions, expression, { path: `spec.variables[${i}].expression`, wanted: anything }),
    ),
  ];
}

function validatingRules({ spec = {} }: ValidatingAdmissionPolicy): StatusCause[] {
  const expressions = compiledFor(spec, { hasPatchTypes: false });
  const { validations = [], auditAnnotations = [] } = spec;
  const messages = expressions.withoutAuthorizer();
  const rules = (text: string | undefined, path: string, wanted: Wanted): StatusCause[] =>
    expressionRules(expressions, text, { path, wanted });
  return [
    ...commonRules(expressions, spec),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      ...rules(expression, `spec.validations[${i}].expression`, booleans),
      ...expressionRules(messages, messageExpression, {
        path: `spec.validations[${i}].messageExpression`,
        wanted: texts,
      }),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, i) =>
      rules(valueExpression, `spec.auditAnnotations[${i}].valueExpression`, textsOrNull),
    ),
  ];
}

function mutatingRules({ spec = {} }: MutatingAdmissionPolicy): StatusCause[] {
  const expressions = compiledFor(spec, { hasPatchTypes: true });
  return [
    ...commonRules(compiledFor(spec, { hasPatchTypes: false }), spec),
    ...(spec.mutations ?? []).flatMap(({ applyConfiguration, jsonPatch }, i) => {
      const at = `spec.mutations[${i}]`;
      return [
        ...expressionRules(expressions, applyConfiguration?.expression, {
          path: `${at}.applyConfiguration.expression`,
          wanted: configurations,
        }),
        ...expressionRules(expressions, jsonPatch?.expression, { path: `${at}.jsonPatch.expression`, wanted: patches }),
      ];
    }),
  ];
}
