// Do the policies of the cluster allow a request? ValidatingAdmissionPolicy and its bindings.
// Source: apiserver/pkg/admission/plugin/policy/validating.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '../../../apis/admissionregistration/generated/v1.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import { forbiddenBy } from '../forbidden.ts';
import { evaluateConditions, matchConditionBudget, policyBudget, requestScope } from './conditions.ts';
import { booleans, type ExpressionScope, texts, textsOrNull } from './expressions.ts';
import { isExempt, nameOf } from './matching.ts';
import { expressionsOf } from './policy-expressions.ts';
import { invocationsOf } from './policy-invocations.ts';
import { requestFacts } from './review.ts';
import { inVersion } from './versions.ts';

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;

const places = { policies: 'validatingadmissionpolicies', bindings: 'validatingadmissionpolicybindings' };
const messageBytesMax = 5 * 1024;
/** Source: maxAuditAnnotationValueLength. */
const annotationLengthMax = 10 * 1024;

interface Decision {
  message: string;
  reason: string;
  /** Position of the validation that says no. */
  index: number;
}

interface Judgement {
  decisions: Decision[];
  annotations: ({ key: string; value: string } | { error: string })[];
}

interface Failure {
  message: string;
  policy: string;
  binding: string;
  expressionIndex: number;
  validationActions: string[];
}

interface Refusal {
  text: string;
  reason: string;
}

/** Rejects with the decision of the first policy that denies; warns and notes where a binding says so. */
export async function validatingPolicies(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  const { operation } = request;
  await operation.cache.caughtUp(operation.signal);
  const refusals: Refusal[] = [];
  const failures: Failure[] = [];
  const notes = new Map<string, Set<string>>();
  for (const invocation of invocationsOf<Policy, Binding>(request, places)) {
    const { policy, binding } = invocation;
    const by = binding ? ` with binding '${binding.metadata.name}'` : '';
    const refuse = (message: string, reason = ''): void => {
      refusals.push({
        text: `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`,
        reason,
      });
    };
    if ('problem' in invocation) {
      if (policy.spec?.failurePolicy !== 'Ignore') refuse(invocation.problem);
      continue;
    }
    const { decisions, annotations } = await judgementOf(request, invocation);
    for (const decision of decisions) act(request, { invocation, decision, refuse, failures });
    for (const annotation of annotations) {
      if ('error' in annotation) refuse(annotation.error);
      else note(notes, `${policy.metadata.name}/${annotation.key}`, annotation.value);
    }
  }
  for (const [key, values] of notes) operation.audit?.annotate(key, [...values].join(', '));
  // Each failure is noted alone, and of an annotation the first stays.
  const [failure] = failures;
  if (failure)
    operation.audit?.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify([failure]));
  const [first] = refusals;
  if (first) throw refusal(request, first);
}

interface Acting {
  invocation: { policy: Policy; binding: Binding };
  decision: Decision;
  refuse: (message: string, reason: string) => void;
  failures: Failure[];
}

/** Does what the binding says about a no. */
function act({ operation }: AdmissionRequest, { invocation, decision, refuse, failures }: Acting): void {
  const [policy, binding] = [invocation.policy.metadata.name, invocation.binding.metadata.name];
  const { message, reason, index } = decision;
  const validationActions = invocation.binding.spec?.validationActions ?? [];
  if (validationActions.includes('Deny')) refuse(message, reason);
  if (validationActions.includes('Audit'))
    failures.push({ message, policy, binding, expressionIndex: index, validationActions });
  if (validationActions.includes('Warn')) {
    const who = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}'`;
    operation.warnings.push(`Validation failed for ${who}: ${message}`);
  }
}

function note(notes: Map<string, Set<string>>, key: string, value: string): void {
  const values = notes.get(key) ?? new Set();
  notes.set(key, values.add(value.slice(0, annotationLengthMax)));
}

const refusalReasons: Record<string, StatusReason> = {
  Unauthorized: 'Unauthorized',
  Forbidden: 'Forbidden',
  RequestEntityTooLarge: 'RequestEntityTooLarge',
};

function refusal(request: AdmissionRequest, { text, reason }: Refusal): StatusError {
  const { message, details } = forbiddenBy(request.operation, nameOf(request), { why: text });
  return new StatusError(refusalReasons[reason] ?? 'Invalid', message, {
    details: { ...details, causes: [{ message: text }] },
  });
}

/** What a policy says about a request, for each of its parameters. */
async function judgementOf(
  request: AdmissionRequest,
  { policy, entry, params }: { policy: Policy; entry: CatalogueEntry; params: (KubeObject | null)[] },
): Promise<Judgement> {
  const { operation, part } = request;
  const convert = async (each: KubeObject | undefined): Promise<KubeObject | undefined> =>
    each && (part ? each : inVersion(each, { from: operation.entry, to: entry, signal: operation.signal }));
  const objects = { object: await convert(request.object), old: await convert(request.old) };
  const scopeOf = (param: KubeObject | null, budget: number): ExpressionScope =>
    requestScope(request, {
      expressions: expressionsOf(policy),
      facts: requestFacts(request, entry),
      objects,
      budget,
      ...(policy.spec?.paramKind && { params: param }),
    });
  const judgements = params.map((param) => judge(policy, (budget) => scopeOf(param, budget)));
  return {
    decisions: judgements.flatMap(({ decisions }) => decisions),
    annotations: judgements.flatMap(({ annotations }) => annotations),
  };
}

function judge({ spec = {} }: Policy, scopeOf: (budget: number) => ExpressionScope): Judgement {
  const { matchConditions = [], validations = [], auditAnnotations = [], failurePolicy } = spec;
  const failing = (message: string, index = 0): Decision[] =>
    failurePolicy === 'Ignore' ? [] : [{ message, reason: '', index }];
  if (matchConditions.length > 0) {
    const met = evaluateConditions(matchConditions, scopeOf(matchConditionBudget));
    if (met === false) return { decisions: [], annotations: [] };
    if (met !== true) return { decisions: failing(met.error), annotations: [] };
  }
  const scope = scopeOf(policyBudget);
  const decisions: Decision[] = [];
  for (const [index, validation] of validations.entries()) {
    const outcome = scope.evaluate(validation.expression, booleans);
    // Nothing of what the others said counts any more.
    if (scope.isSpent) return { decisions: failing('error' in outcome ? outcome.error : ''), annotations: [] };
    if ('error' in outcome) decisions.push(...failing(outcome.error, index));
    else if (outcome.value !== true) {
      const { reason = 'Invalid' } = validation;
      decisions.push({ message: messageOf(validation, scope), reason, index });
    }
  }
  const notes = scopeOf(policyBudget);
  const annotations = auditAnnotations.flatMap(({ key, valueExpression }): Judgement['annotations'] => {
    const outcome = notes.evaluate(valueExpression, textsOrNull);
    if ('error' in outcome) return failurePolicy === 'Ignore' ? [] : [{ error: outcome.error }];
    const value = typeof outcome.value === 'string' ? outcome.value.trim() : '';
    return value === '' ? [] : [{ key, value }];
  });
  return { decisions, annotations };
}

function messageOf({ expression, message = '', messageExpression }: Validation, scope: ExpressionScope): string {
  const said = messageExpression ? scope.evaluate(messageExpression, texts) : undefined;
  const own = said && 'value' in said && typeof said.value === 'string' ? said.value.trim() : '';
  if (own !== '' && !own.includes('\n') && Buffer.byteLength(own) <= messageBytesMax) return own;
  return message.trim() || `failed expression: ${expression.trim()}`;
}
