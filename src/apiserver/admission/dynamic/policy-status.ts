// What does the status of a ValidatingAdmissionPolicy say? Whether its expressions fit, as far as its kinds tell.
// Source: pkg/controller/validatingadmissionpolicystatus.

import { isStatus } from '../../../apimachinery/status-error.ts';
import type { ValidatingAdmissionPolicy } from '../../../apis/admissionregistration/generated/v1.ts';
import { registryPrefix } from '../../cache/watch-cache.ts';
import { ownOperation } from '../../own-operation.ts';
import { cachedObjects } from '../../registry/cached-objects.ts';
import type { RegistryParts } from '../../registry/context.ts';
import { changeObject } from '../../registry/update.ts';

const place = { group: 'admissionregistration.k8s.io', plural: 'validatingadmissionpolicies' };
const prefix = `${registryPrefix}${place.group}/${place.plural}/`;
/** What could not be written is tried again after this time. */
const againAfterMs = 1000;

/** Writes the status of policies that nobody has looked at since they changed, until `signal` aborts. The cache must have loaded. */
export async function followPolicies(parts: RegistryParts, signal: AbortSignal): Promise<void> {
  let changes = 0;
  let wake = (): void => {};
  const onChange = (): void => {
    changes += 1;
    wake();
  };
  const sink = { offer: onChange };
  const { sinks } = parts.cache.collection(prefix);
  sinks.add(sink);
  signal.addEventListener('abort', onChange, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const at = changes;
      const isDone = await pass(parts, signal);
      if (!isDone) await parts.clock.sleep(againAfterMs, signal);
      else if (at === changes) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    sinks.delete(sink);
    signal.removeEventListener('abort', onChange);
  }
}

/** False if something is left to do that no change will announce. */
async function pass(parts: RegistryParts, signal: AbortSignal): Promise<boolean> {
  let isDone = true;
  for (const policy of cachedObjects<ValidatingAdmissionPolicy>(parts, place)) {
    if (!isDue(policy)) continue;
    try {
      await writeStatus(parts, policy.metadata.name, signal);
    } catch (error) {
      signal.throwIfAborted();
      parts.log.warn('status of a policy could not be written', { error, name: policy.metadata.name });
      isDone = false;
    }
  }
  return isDone;
}

function isDue({ metadata, status }: ValidatingAdmissionPolicy): boolean {
  return (metadata.generation ?? 1) > (status?.observedGeneration ?? 0);
}

async function writeStatus(parts: RegistryParts, name: string, signal: AbortSignal): Promise<void> {
  const path = `/apis/${place.group}/v1/${place.plural}/${name}/status`;
  const operation = ownOperation(parts, { method: 'PATCH', path }, signal);
  if (!operation) return;
  const { expressionWarnings } = await import('./type-checking.ts');
  try {
    await changeObject(operation, (current) => {
      const policy = current as ValidatingAdmissionPolicy;
      if (!isDue(policy)) return policy;
      const warnings = expressionWarnings(policy, parts);
      const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
      const status = { ...policy.status, observedGeneration: policy.metadata.generation ?? 1, typeChecking };
      return { ...policy, status } as ValidatingAdmissionPolicy;
    });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
