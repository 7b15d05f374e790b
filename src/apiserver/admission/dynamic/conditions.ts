// What can expressions of webhooks and policies name, and do conditions hold? CEL over the request's object, old object
// and user. Source: apiserver/pkg/admission/plugin/cel.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { type Attributes, resourceAttributes } from '../../auth/attributes.ts';
import { serviceAccountGroups, serviceAccountUser } from '../../auth/service-account-user.ts';
import { plainValue } from '../../cel/json-values.ts';
import { type Authorize, AuthorizerValue } from '../../cel/library/authorizer.ts';
import type { CelValue } from '../../cel/values.ts';
import type { UserInfo } from '../../types.ts';
import type { AdmissionRequest } from '../chain.ts';
import { booleans, ExpressionScope, Expressions } from './expressions.ts';
import { namespaceOf } from './matching.ts';
import { requestTypes } from './request-types.ts';

/** What all expressions of one policy may cost in one request. Source: RuntimeCELCostBudget. */
export const policyBudget = 10_000_000;
/** What all conditions of one webhook or policy may cost in one request. Source: RuntimeCELCostBudgetMatchConditions. */
export const matchConditionBudget = policyBudget / 4;

/** Expressions of webhooks; those of a policy are of its own. */
export const webhookExpressions = new Expressions(requestTypes);

export type Condition = { name: string; expression: string };

/** Do all conditions hold? Why that can't be told, where one fails and none is false. */
export function evaluateConditions(
  conditions: readonly Condition[],
  scope: ExpressionScope,
): boolean | { error: string } {
  const errors: string[] = [];
  for (const { expression } of conditions) {
    const outcome = scope.evaluate(expression, booleans);
    if ('error' in outcome) errors.push(outcome.error);
    else if (outcome.value === false) return false;
  }
  const [first] = errors;
  if (first === undefined) return true;
  return { error: errors.length === 1 ? first : `[${[...new Set(errors)].join(', ')}]` };
}

interface ScopeOptions {
  expressions: Expressions;
  facts: object;
  /** In the version that the expressions are about. */
  objects: { object: KubeObject | undefined; old: KubeObject | undefined };
  budget: number;
  /** Absent for webhooks, and policies without parameters. */
  params?: KubeObject | null;
}

/** The variables of one request. */
export function requestScope(
  request: AdmissionRequest,
  { expressions, facts, objects, budget, params }: ScopeOptions,
): ExpressionScope {
  const { group, resource, namespace, name, subresource } = request.operation.info;
  const own = { group, resource, namespace, name, ...(subresource && { subresource }) };
  const authorizer = new AuthorizerValue('kubernetes.authorization.Authorizer', authorizeFor(request));
  const variables: Record<string, CelValue> = {
    object: plainValue(objects.object ?? null),
    oldObject: plainValue(objects.old ?? null),
    request: plainValue(facts),
    namespaceObject: plainValue(namespaceFacts(request)),
    authorizer,
    'authorizer.requestResource': authorizer.with('kubernetes.authorization.ResourceCheck', own),
    ...(params !== undefined && { params: plainValue(params) }),
  };
  return new ExpressionScope(expressions, variables, budget);
}

/** A namespace without what only the server reads. */
function namespaceFacts(request: AdmissionRequest): object | null {
  const namespace = namespaceOf(request);
  if (!namespace) return null;
  const {
    managedFields: _managedFields,
    ownerReferences: _owners,
    selfLink: _selfLink,
    ...metadata
  } = namespace.metadata;
  return { metadata, spec: namespace.spec ?? {}, status: namespace.status ?? {} };
}

/** Asks the server's own authorizer, for the user of the request or a service account. */
function authorizeFor({ operation }: AdmissionRequest): Authorize {
  return ({ path, serviceAccount, resource = '', ...rest }, verb) => {
    const user = serviceAccount ? userOfAccount(serviceAccount) : operation.user;
    const asked: Attributes =
      path === undefined
        ? resourceAttributes({ ...rest, version: '*', verb, resource })
        : { isResource: false, verb, path };
    const { isAllowed, reason } = operation.access.authorizer.decide(user, asked);
    return { allowed: isAllowed, reason };
  };
}

function userOfAccount({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: serviceAccountUser(namespace, name),
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
  };
}
