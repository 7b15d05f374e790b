// Do the conditions of a webhook or policy hold for a request? CEL over the request's object, old object and user.

import { type Attributes, resourceAttributes } from '../../auth/attributes.ts';
import { serviceAccountGroups, serviceAccountUser } from '../../auth/service-account-user.ts';
import { plainValue } from '../../cel/json-values.ts';
import { type Authorize, AuthorizerValue } from '../../cel/library/authorizer.ts';
import { CelCompileError, compileProgram, type Program } from '../../cel/program.ts';
import { type CelType, dyn } from '../../cel/types.ts';
import type { CelValue } from '../../cel/values.ts';
import type { UserInfo } from '../../types.ts';
import type { AdmissionRequest } from '../chain.ts';
import { namespaceOf } from './matching.ts';

/** What expressions of webhooks and policies can name. */
export const conditionVariables: ReadonlyMap<string, CelType> = new Map(
  ['object', 'oldObject', 'request', 'authorizer', 'namespaceObject', 'params', 'variables'].map((name) => [name, dyn]),
);

const programs = new Map<string, Program | CelCompileError>();
const programsMax = 1000;

/** The expression, compiled once; or why it can't be. */
export function programOf(text: string): Program | CelCompileError {
  const known = programs.get(text);
  if (known) return known;
  if (programs.size >= programsMax) programs.clear();
  const program = compileOr(text);
  programs.set(text, program);
  return program;
}

function compileOr(text: string): Program | CelCompileError {
  try {
    return compileProgram(text, conditionVariables);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return error;
  }
}

export type Condition = { name: string; expression: string };

/** Do all conditions hold? The text of the first error, where one fails before any is false. */
export function evaluateConditions(
  conditions: readonly Condition[],
  variables: Record<string, CelValue>,
): boolean | { error: string } {
  let failure: string | undefined;
  for (const { name, expression } of conditions) {
    const outcome = run(expression, variables);
    if (outcome === false) return false;
    if (outcome !== true) failure ??= `match condition ${JSON.stringify(name)} failed: ${outcome.error}`;
  }
  return failure === undefined ? true : { error: failure };
}

function run(expression: string, variables: Record<string, CelValue>): boolean | { error: string } {
  const program = programOf(expression);
  if (program instanceof CelCompileError) return { error: `compilation failed: ${program.message}` };
  const outcome = program.run({ get: (name) => variables[name] });
  if (!outcome.ok) return { error: outcome.error.message };
  return typeof outcome.value === 'boolean' ? outcome.value : { error: 'cel expression must evaluate to a bool' };
}

/** The variables of one request. */
export function requestVariables(request: AdmissionRequest, review: object): Record<string, CelValue> {
  const { object, old } = request;
  const authorize = authorizeFor(request);
  const { group, resource, namespace, name, subresource } = request.operation.info;
  const own = { group, resource, namespace, name, ...(subresource && { subresource }) };
  return {
    object: plainValue(object ?? null),
    oldObject: plainValue(old ?? null),
    request: plainValue(review),
    namespaceObject: plainValue(namespaceOf(request) ?? null),
    authorizer: new AuthorizerValue('kubernetes.authorization.Authorizer', authorize, { request: own }),
  };
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
