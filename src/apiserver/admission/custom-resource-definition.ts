// Is a CustomResourceDefinition sound? The rules are many; they are loaded when the first definition comes.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import { crdGroupResource, hasRules } from '../customresources/naming.ts';
import type { Operation } from '../registry/context.ts';
import { invalidObject } from '../registry/incoming.ts';
import type { AdmissionRequest } from './chain.ts';

/** Rejects with Invalid, as upstream's validation of definitions does. */
export async function customResourceDefinition({ operation, object, old }: AdmissionRequest): Promise<void> {
  if (!object) return;
  const causes = await definitionCauses(operation, object, old);
  if (causes.length > 0) throw invalidObject(operation, object.metadata.name, causes);
}

/** What is wrong with a definition beside its metadata; nothing for objects of other kinds. */
export async function definitionCauses(
  { entry, info }: Operation,
  object: KubeObject,
  old: KubeObject | undefined,
): Promise<StatusCause[]> {
  if (entry.groupResource !== crdGroupResource) return [];
  if (info.subresource === 'status') {
    const { acceptedNamesRules } = await import('../customresources/definition/names-rules.ts');
    return acceptedNamesRules((object as CustomResourceDefinition).status?.acceptedNames ?? {}, 'status.acceptedNames');
  }
  // What is going is not judged again: its finalizer must be able to go.
  if (object.metadata.deletionTimestamp !== undefined) return [];
  const { definitionRules } = await import('../customresources/definition/spec-rules.ts');
  const definition = object as CustomResourceDefinition;
  const rules = hasRules(definition) ? await import('../customresources/rules/compile-rules.ts') : undefined;
  return definitionRules(definition, {
    old: old as CustomResourceDefinition | undefined,
    ruleCauses: rules?.ruleCauses,
  });
}
