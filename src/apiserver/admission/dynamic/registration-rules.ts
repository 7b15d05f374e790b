// Are the configurations of webhooks and the policies of a cluster sound? Source: pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, notSupported, required } from '../../../apimachinery/field-error.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type {
  MatchCondition,
  MutatingWebhook,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { CelCompileError } from '../../cel/program.ts';
import { caBundleRules, serviceRules, urlRules } from '../../webhook/config-rules.ts';
import { programOf } from './conditions.ts';

const actions = ['Audit', 'Deny', 'Warn'];
const failurePolicies = ['Fail', 'Ignore'];
const matchPolicies = ['Equivalent', 'Exact'];

/** Problems of an object of the group; empty for kinds that have no rules here. */
export function registrationRules(plural: string, object: KubeObject): StatusCause[] {
  switch (plural) {
    case 'mutatingwebhookconfigurations':
    case 'validatingwebhookconfigurations':
      return webhookRules((object as { webhooks?: MutatingWebhook[] }).webhooks ?? []);
    case 'validatingadmissionpolicies':
      return policyRules(object);
    case 'validatingadmissionpolicybindings':
      return bindingRules(object as ValidatingAdmissionPolicyBinding);
    default:
      return [];
  }
}

function oneOf(value: string | undefined, known: string[], path: string): StatusCause[] {
  return value === undefined || known.includes(value) ? [] : [notSupported(path, value, known)];
}

function webhookRules(webhooks: MutatingWebhook[]): StatusCause[] {
  return webhooks.flatMap((webhook, i) => {
    const path = `webhooks[${i}]`;
    const { name, timeoutSeconds, failurePolicy, matchPolicy, reinvocationPolicy, matchConditions = [] } = webhook;
    // The body is the client's: what the type promises may be absent.
    const asked: Partial<MutatingWebhook> = webhook;
    const { sideEffects, admissionReviewVersions = [], clientConfig = {} } = asked;
    const isRepeated = webhooks.findIndex((other) => other.name === name) < i;
    const isTimeout = timeoutSeconds === undefined || (timeoutSeconds >= 1 && timeoutSeconds <= 30);
    return [
      ...(name ? [] : [required(`${path}.name`)]),
      ...(name && name.split('.').length < 3
        ? [invalidValue(`${path}.name`, name, 'should be a domain with at least three segments separated by dots')]
        : []),
      ...(isRepeated ? [duplicate(`${path}.name`, name)] : []),
      ...(admissionReviewVersions.length === 0
        ? [required(`${path}.admissionReviewVersions`, 'must specify one of v1, v1beta1')]
        : admissionReviewVersions.includes('v1')
          ? []
          : [
              invalidValue(
                `${path}.admissionReviewVersions`,
                admissionReviewVersions,
                'must include at least one of v1',
              ),
            ]),
      ...oneOf(failurePolicy, failurePolicies, `${path}.failurePolicy`),
      ...oneOf(matchPolicy, matchPolicies, `${path}.matchPolicy`),
      ...oneOf(reinvocationPolicy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`),
      ...(sideEffects === undefined
        ? [required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun')]
        : oneOf(sideEffects, ['None', 'NoneOnDryRun'], `${path}.sideEffects`)),
      ...(isTimeout
        ? []
        : [
            invalidValue(
              `${path}.timeoutSeconds`,
              timeoutSeconds,
              'the timeout value must be between 1 and 30 seconds',
            ),
          ]),
      ...clientRules(clientConfig, `${path}.clientConfig`),
      ...conditionRules(matchConditions, `${path}.matchConditions`),
    ];
  });
}

function clientRules(
  { url, service, caBundle }: Partial<MutatingWebhook['clientConfig']>,
  path: string,
): StatusCause[] {
  if ((url === undefined) === (service === undefined))
    return [required(path, 'exactly one of url or service is required')];
  return [
    ...(url === undefined ? serviceRules(service ?? {}, `${path}.service`) : urlRules(url, `${path}.url`)),
    ...caBundleRules(caBundle, `${path}.caBundle`),
  ];
}

function conditionRules(conditions: MatchCondition[], path: string): StatusCause[] {
  return conditions.flatMap(({ name, expression }, i) => [
    ...(name ? [] : [required(`${path}[${i}].name`)]),
    ...(conditions.findIndex((other) => other.name === name) < i ? [duplicate(`${path}[${i}].name`, name)] : []),
    ...expressionRules(expression, `${path}[${i}].expression`, 'bool'),
  ]);
}

/** An expression must be there, compile, and give the right type as far as that can be told. */
function expressionRules(expression: string | undefined, path: string, kind?: string): StatusCause[] {
  if (!expression?.trim()) return [required(path)];
  const program = programOf(expression);
  if (program instanceof CelCompileError)
    return [invalidValue(path, expression, `compilation failed: ${program.message}`)];
  const isRight = kind === undefined || program.type.kind === kind || program.type.kind === 'dyn';
  return isRight ? [] : [invalidValue(path, expression, `must evaluate to ${kind}`)];
}

function policyRules({ spec = {} }: ValidatingAdmissionPolicy): StatusCause[] {
  const {
    validations = [],
    variables = [],
    matchConditions = [],
    auditAnnotations = [],
    matchConstraints,
    failurePolicy,
    paramKind,
  } = spec;
  const rules = matchConstraints?.resourceRules ?? [];
  return [
    ...oneOf(failurePolicy, failurePolicies, 'spec.failurePolicy'),
    ...(paramKind && !paramKind.kind ? [required('spec.paramKind.kind')] : []),
    ...(paramKind && !paramKind.apiVersion ? [required('spec.paramKind.apiVersion')] : []),
    ...(matchConstraints ? [] : [required('spec.matchConstraints')]),
    ...(matchConstraints && rules.length === 0 ? [required('spec.matchConstraints.resourceRules')] : []),
    ...conditionRules(matchConditions, 'spec.matchConditions'),
    ...variables.flatMap(({ name, expression }, i) => [
      ...(/^[a-zA-Z_]\w*$/.test(name)
        ? []
        : [invalidValue(`spec.variables[${i}].name`, name, 'name is not a valid CEL identifier')]),
      ...expressionRules(expression, `spec.variables[${i}].expression`),
    ]),
    ...(validations.length + auditAnnotations.length === 0
      ? [required('spec.validations', 'validations or auditAnnotations must contain at least one item')]
      : []),
    ...validations.flatMap(({ expression, messageExpression }, i) => [
      ...expressionRules(expression, `spec.validations[${i}].expression`, 'bool'),
      ...(messageExpression
        ? expressionRules(messageExpression, `spec.validations[${i}].messageExpression`, 'string')
        : []),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, i) =>
      expressionRules(valueExpression, `spec.auditAnnotations[${i}].valueExpression`),
    ),
  ];
}

function bindingRules({ spec }: ValidatingAdmissionPolicyBinding): StatusCause[] {
  const asked: Partial<NonNullable<typeof spec>> = spec ?? {};
  const { policyName, validationActions = [], paramRef } = asked;
  const isBoth = validationActions.includes('Deny') && validationActions.includes('Warn');
  return [
    ...(policyName ? [] : [required('spec.policyName')]),
    ...(validationActions.length === 0
      ? [required('spec.validationActions', 'at least one validation action is required')]
      : []),
    ...validationActions.flatMap((action, i) => oneOf(action, actions, `spec.validationActions[${i}]`)),
    ...(isBoth
      ? [
          invalidValue(
            'spec.validationActions',
            validationActions,
            'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
          ),
        ]
      : []),
    ...(paramRef && !paramRef.parameterNotFoundAction ? [required('spec.paramRef.parameterNotFoundAction')] : []),
    ...(paramRef && Boolean(paramRef.name) === (paramRef.selector !== undefined)
      ? [required('spec.paramRef.name', 'one of name or selector must be specified')]
      : []),
  ];
}
