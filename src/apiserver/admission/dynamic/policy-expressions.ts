// Which expressions does a policy have? Compiled once for each revision of it.

import { dyn } from '../../cel/types.ts';
import { Expressions } from './expressions.ts';
import type { PolicyLike, PolicySpec } from './policy-invocations.ts';
import { requestTypes } from './request-types.ts';

/** The expressions of a policy's spec; those of its mutations may make patches. */
export function compiledFor(
  { paramKind, variables = [] }: PolicySpec,
  { hasPatchTypes }: { hasPatchTypes: boolean },
): Expressions {
  const types = paramKind ? new Map([...requestTypes, ['params', dyn] as const]) : requestTypes;
  return new Expressions(types, { variables, hasPatchTypes });
}

const plain = new WeakMap<PolicyLike, Expressions>();
const patching = new WeakMap<PolicyLike, Expressions>();

/** The same for one object of the watch cache, as long as it lives. */
export function expressionsOf(policy: PolicyLike, { hasPatchTypes = false } = {}): Expressions {
  const known = hasPatchTypes ? patching : plain;
  let expressions = known.get(policy);
  if (!expressions) {
    expressions = compiledFor(policy.spec ?? {}, { hasPatchTypes });
    known.set(policy, expressions);
  }
  return expressions;
}
