// Are webhook configurations and admission policies sound? The rules are loaded when the first of them comes.

import { invalidObject } from '../registry/incoming.ts';
import type { AdmissionRequest } from './chain.ts';

/** Rejects with Invalid, as upstream's validation of the group does. */
export async function admissionRegistration({ operation, object }: AdmissionRequest): Promise<void> {
  const { entry, info } = operation;
  const { group, plural } = entry.definition.resource;
  if (!object || group !== 'admissionregistration.k8s.io' || info.subresource !== '') return;
  const { registrationRules } = await import('./dynamic/registration-rules.ts');
  const causes = registrationRules(plural, object);
  if (causes.length > 0) throw invalidObject(operation, object.metadata.name, causes);
}
