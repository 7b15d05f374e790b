// What do the policies of the cluster make of an object? MutatingAdmissionPolicy and its bindings.
// Source: apiserver/pkg/admission/plugin/policy/mutating.

import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import { forbiddenBy } from '../forbidden.ts';
import { Rounds } from '../reinvocation.ts';
import { evaluateConditions, matchConditionBudget, policyBudget, requestScope } from './conditions.ts';
import type { ExpressionScope } from './expressions.ts';
import { isExempt, nameOf } from './matching.ts';
import { MutationError, mutated } from './mutation.ts';
import { expressionsOf } from './policy-expressions.ts';
import { invocationsOf } from './policy-invocations.ts';
import { refit, replaceFields } from './refit.ts';
import { requestFacts } from './review.ts';
import { inVersion } from './versions.ts';

type Policy = MutatingAdmissionPolicy;
type Binding = MutatingAdmissionPolicyBinding;

const places = { policies: 'mutatingadmissionpolicies', bindings: 'mutatingadmissionpolicybindings' };

/** A policy that is to be asked, by one binding, with one parameter. */
interface Invocation {
  policy: Policy;
  binding: Binding;
  entry: CatalogueEntry;
  param: KubeObject | null;
}

interface Refusal {
  text: string;
  reason: 'Forbidden' | 'Invalid';
}

/** Applies the policies in the order of their names. Rejects with all that went wrong, where a policy may not be left out. */
export async function mutatingPolicies(request: AdmissionRequest): Promise<void> {
  if (isExempt(request) || request.verb === 'DELETE') return;
  const { operation, rounds = new Rounds() } = request;
  await operation.cache.caughtUp(operation.signal);
  const { policies: invoked, isSecond } = rounds;
  const refusals: Refusal[] = [];
  const invocations = invocationsFor(request, refusals);
  if (invocations.length > 0) {
    invoked.begin(request.object, { isSecond });
    for (const invocation of invocations) {
      const key = keyOf(invocation);
      if (isSecond && !invoked.isDue(key)) continue;
      const { hasRun, isChanged } = await invoke(request, invocation, refusals);
      if (!hasRun) continue;
      if (isChanged) {
        invoked.changed();
        rounds.isSecondWanted = true;
      }
      if (invocation.policy.spec?.reinvocationPolicy === 'IfNeeded') invoked.invoked(key);
    }
    invoked.end(request.object);
  }
  if (refusals.length > 0) throw refusal(request, refusals);
}

/** All that match the object as it is before the first of them. */
function invocationsFor(request: AdmissionRequest, refusals: Refusal[]): Invocation[] {
  return [...invocationsOf<Policy, Binding>(request, places)].flatMap((found): Invocation[] => {
    if ('params' in found) {
      const { policy, binding, entry, params } = found;
      return params.map((param) => ({ policy, binding, entry, param }));
    }
    refuse(refusals, found, { why: found.problem, reason: 'Forbidden' });
    return [];
  });
}

function refuse(
  refusals: Refusal[],
  { policy, binding }: { policy: Policy; binding: Binding | undefined },
  { why, reason }: { why: string; reason: Refusal['reason'] },
): void {
  if (policy.spec?.failurePolicy === 'Ignore') return;
  const { name } = policy.metadata;
  const who = binding ? `policy '${name}' with binding '${binding.metadata.name}'` : `policy ${JSON.stringify(name)}`;
  refusals.push({ text: `${who} denied request: ${why}`, reason });
}

function keyOf({ policy, binding, param }: Invocation): string {
  const { namespace = '', name = '' } = param?.metadata ?? {};
  return [policy.metadata.name, binding.metadata.name, namespace, name].join('/');
}

interface Invoked {
  /** False if its conditions leave the request out. */
  hasRun: boolean;
  isChanged: boolean;
}

/** Evaluates the mutations of one policy in order, each on what the one before it made. */
async function invoke(request: AdmissionRequest, invocation: Invocation, refusals: Refusal[]): Promise<Invoked> {
  const { object } = request;
  const { mutations = [], matchConditions = [] } = invocation.policy.spec ?? {};
  const failed = (why: string): void => refuse(refusals, invocation, { why, reason: 'Invalid' });
  if (matchConditions.length > 0) {
    const scope = await scopeOf(request, invocation, { budget: matchConditionBudget, hasPatchTypes: false });
    const met = evaluateConditions(matchConditions, scope);
    if (typeof met !== 'boolean') failed(met.error);
    if (met !== true) return { hasRun: false, isChanged: false };
  }
  if (!object) return { hasRun: true, isChanged: false };
  const before = cloneJson(object);
  for (const mutation of mutations) {
    const scope = await scopeOf(request, invocation, { budget: policyBudget, hasPatchTypes: true });
    try {
      const { operation, part } = request;
      const { signal } = operation;
      const { entry } = invocation;
      const versioned = part ? object : await inVersion(object, { from: operation.entry, to: entry, signal });
      const changed = mutated(request, { mutation, scope, entry, object: versioned });
      const own = part ? changed : await inVersion(changed, { from: entry, to: operation.entry, signal });
      replaceFields(object, refit(operation, own, part));
    } catch (error) {
      if (!(error instanceof MutationError)) throw error;
      failed(error.message);
    }
  }
  return { hasRun: true, isChanged: !jsonEqual(before, object) };
}

async function scopeOf(
  request: AdmissionRequest,
  { policy, entry, param }: Invocation,
  { budget, hasPatchTypes }: { budget: number; hasPatchTypes: boolean },
): Promise<ExpressionScope> {
  const { operation, part } = request;
  const convert = async (each: KubeObject | undefined): Promise<KubeObject | undefined> =>
    each && (part ? each : inVersion(each, { from: operation.entry, to: entry, signal: operation.signal }));
  return requestScope(request, {
    expressions: expressionsOf(policy, { hasPatchTypes }),
    facts: requestFacts(request, entry),
    objects: { object: await convert(request.object), old: await convert(request.old) },
    budget,
    ...(policy.spec?.paramKind && { params: param }),
  });
}

/** The first one's words; all of them are causes. Upstream answers 403 whatever the reason. */
function refusal(request: AdmissionRequest, refusals: Refusal[]): StatusError {
  const [first] = refusals as [Refusal];
  const { details } = forbiddenBy(request.operation, nameOf(request), { why: first.text });
  return new StatusError('Forbidden', first.text, {
    details: { ...details, causes: refusals.map(({ text }) => ({ message: text })) },
    answered: { code: 403, reason: first.reason },
  });
}
