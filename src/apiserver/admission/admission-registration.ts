// Are webhook configurations and admission policies sound? The rules are loaded when the first of them comes.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Operation } from '../registry/context.ts';
import { invalidObject } from '../registry/incoming.ts';
import type { AdmissionRequest } from './chain.ts';

/** Rejects with Invalid, as upstream's validation of the group does. */
export function admissionRegistration({ operation, object }: AdmissionRequest): Promise<void> | undefined {
  const { entry, info } = operation;
  const isOne = entry.definition.resource.group === 'admissionregistration.k8s.io' && info.subresource === '';
  return isOne && object ? checkRegistration(operation, object) : undefined;
}

async function checkRegistration(operation: Operation, object: KubeObject): Promise<void> {
  const { plural } = operation.entry.definition.resource;
  const { registrationRules } = await import('./dynamic/registration-rules.ts');
  const causes = registrationRules(plural, object);
  if (causes.length > 0) throw invalidObject(operation, object.metadata.name, causes);
}
