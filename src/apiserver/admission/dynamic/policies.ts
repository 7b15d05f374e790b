// Do the policies of the cluster allow a request? ValidatingAdmissionPolicy and its bindings.
// Source: apiserver/pkg/admission/plugin/policy/validating.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { matchesSelector, selectorOf } from '../../../apimachinery/selectors.ts';
import { StatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { plainValue } from '../../cel/json-values.ts';
import { CelCompileError } from '../../cel/program.ts';
import { CelError, CelObject, type CelValue } from '../../cel/values.ts';
import { cachedObject, cachedObjects } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import { forbiddenBy } from '../forbidden.ts';
import { evaluateConditions, programOf, requestVariables } from './conditions.ts';
import { isExempt, type MatchCriteria, matchedEntry } from './matching.ts';
import { reviewRequest } from './review.ts';

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;
const group = 'admissionregistration.k8s.io';

interface Decision {
  message: string;
  reason: string;
}

/** Rejects with the decision of the first policy that denies; warns where a binding says so. */
export async function validatingPolicies(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  await request.operation.cache.caughtUp(request.operation.signal);
  const refusals: { text: string; reason: string }[] = [];
  for (const binding of cachedObjects<Binding>(request.operation, {
    group,
    plural: 'validatingadmissionpolicybindings',
  })) {
    const policy = cachedObject<Policy>(request.operation, {
      group,
      plural: 'validatingadmissionpolicies',
      key: binding.spec?.policyName ?? '',
    });
    if (!policy) continue;
    const who = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    const actions = binding.spec?.validationActions ?? ['Deny'];
    for (const { message, reason } of decisionsOf(request, policy, binding)) {
      if (actions.includes('Warn')) request.operation.warnings.push(`Validation failed for ${who}: ${message}`);
      if (actions.includes('Deny')) refusals.push({ text: `${who} denied request: ${message}`, reason });
    }
  }
  const [first] = refusals;
  if (first) throw refusal(request, first);
}

const refusalReasons: Record<string, StatusReason> = {
  Unauthorized: 'Unauthorized',
  Forbidden: 'Forbidden',
  RequestEntityTooLarge: 'RequestEntityTooLarge',
};

function refusal(
  { operation, object, old }: AdmissionRequest,
  { text, reason }: { text: string; reason: string },
): StatusError {
  const { message, details } = forbiddenBy(operation, (object ?? old)?.metadata.name ?? operation.info.name, {
    why: text,
  });
  return new StatusError(refusalReasons[reason] ?? 'Invalid', message, {
    details: { ...details, causes: [{ message: text }] },
  });
}

function criteriaOf(match: MatchResources | undefined): MatchCriteria {
  const { resourceRules, excludeResourceRules, namespaceSelector, objectSelector, matchPolicy } = match ?? {};
  return { rules: resourceRules, excludeRules: excludeResourceRules, namespaceSelector, objectSelector, matchPolicy };
}

/** What the policy has against the request, by this binding. */
function decisionsOf(request: AdmissionRequest, policy: Policy, binding: Binding): Decision[] {
  const { spec = {} } = policy;
  const entry = matchedEntry(request, criteriaOf(spec.matchConstraints));
  if (!entry || !matchedEntry(request, criteriaOf(binding.spec?.matchResources))) return [];
  const failing = (message: string): Decision[] =>
    spec.failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid' }];
  const params = paramsOf(request, policy, binding);
  if ('error' in params) return failing(params.error);
  const review = reviewRequest(request, { uid: '', entry, object: request.object, old: request.old });
  const common = requestVariables(request, review);
  return params.values.flatMap((param) => {
    const variables: Record<string, CelValue> = { ...common, params: plainValue(param) };
    variables['variables'] = new PolicyVariables(spec.variables ?? [], variables);
    const met = evaluateConditions(spec.matchConditions ?? [], variables);
    if (met === false) return [];
    if (met !== true) return failing(met.error);
    return (spec.validations ?? []).flatMap((validation) => judge(validation, variables, failing));
  });
}

function judge(
  { expression, message, messageExpression, reason = 'Invalid' }: Validation,
  variables: Record<string, CelValue>,
  failing: (message: string) => Decision[],
): Decision[] {
  const outcome = runText(expression, variables);
  if ('error' in outcome) return failing(`expression '${expression.trim()}' resulted in error: ${outcome.error}`);
  if (outcome.value === true) return [];
  const said = messageExpression ? runText(messageExpression, variables) : undefined;
  const own = said && 'value' in said && typeof said.value === 'string' ? said.value.trim() : '';
  const shown = own !== '' && !own.includes('\n') ? own : message?.trim();
  return [{ message: shown || `failed expression: ${expression.trim()}`, reason }];
}

function runText(text: string, variables: Record<string, CelValue>): { value: CelValue } | { error: string } {
  const program = programOf(text);
  if (program instanceof CelCompileError) return { error: `compilation failed: ${program.message}` };
  const outcome = program.run({ get: (name) => variables[name] });
  return outcome.ok ? { value: outcome.value } : { error: outcome.error.message };
}

/** `variables.x`: each is worked out when it is first read, and may use those before it. */
class PolicyVariables extends CelObject {
  readonly typeName = 'kubernetes.variables';
  readonly #expressions: Map<string, string>;
  readonly #scope: Record<string, CelValue>;
  readonly #known = new Map<string, CelValue>();

  constructor(variables: readonly { name: string; expression: string }[], scope: Record<string, CelValue>) {
    super();
    this.#expressions = new Map(variables.map(({ name, expression }) => [name, expression]));
    this.#scope = scope;
  }

  override field(name: string): CelValue | undefined {
    const known = this.#known.get(name);
    const expression = this.#expressions.get(name);
    if (known !== undefined || expression === undefined) return known;
    // While a variable is worked out it does not exist: it can't depend on itself.
    this.#expressions.delete(name);
    const outcome = runText(expression, this.#scope);
    if ('error' in outcome)
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${outcome.error}`);
    this.#known.set(name, outcome.value);
    return outcome.value;
  }

  override equals(other: CelObject): boolean {
    return other === this;
  }
}

type Params = { values: (KubeObject | null)[] } | { error: string };

/** The objects that parametrize the policy; one null where it has none. */
function paramsOf(
  { operation, object, old }: AdmissionRequest,
  { spec = {} }: Policy,
  { spec: bound }: Binding,
): Params {
  const { paramKind } = spec;
  const reference = bound?.paramRef;
  if (!paramKind || !reference) return { values: [null] };
  const entry = entryOfKind(operation.catalogue.entries, paramKind);
  if (!entry)
    return {
      error: `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`,
    };
  const { namespaced, plural, group: paramGroup } = entry.definition.resource;
  const namespace = namespaced
    ? (reference.namespace ?? (object ?? old)?.metadata.namespace ?? operation.info.namespace)
    : undefined;
  const all = cachedObjects<KubeObject>(operation, {
    group: paramGroup,
    plural,
    ...(namespace !== undefined && { namespace }),
  });
  const selector = reference.selector && selectorOf(reference.selector);
  const found = all.filter(({ metadata }) =>
    selector ? matchesSelector(selector, metadata.labels) : metadata.name === reference.name,
  );
  if (found.length > 0) return { values: found };
  if (reference.parameterNotFoundAction === 'Allow') return { values: [] };
  return { error: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
}

function entryOfKind(
  entries: readonly CatalogueEntry[],
  { apiVersion, kind }: { apiVersion?: string; kind?: string },
): CatalogueEntry | undefined {
  return entries.find((entry) => entry.apiVersion === apiVersion && entry.kind === kind);
}
