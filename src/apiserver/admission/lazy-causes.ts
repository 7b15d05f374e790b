// What else is wrong with an object that is refused for its metadata or fields? The rules that admission loads when they
// are needed are told along with those that are always there, as upstream tells all at once.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { Operation } from '../registry/context.ts';
import { isRegistration } from './admission-registration.ts';
import { definitionCauses } from './custom-resource-definition.ts';

/** Causes to follow those that are known already. */
export async function lazyCauses(operation: Operation, object: KubeObject, old?: KubeObject): Promise<StatusCause[]> {
  if (!isRegistration(operation)) return definitionCauses(operation, object, old);
  const { registrationRules } = await import('./dynamic/registration-rules.ts');
  return registrationRules(operation.entry.definition.resource.plural, object);
}
