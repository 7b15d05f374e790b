// Are webhook configurations and admission policies sound? The rules are loaded when the first of them comes.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Operation } from '../registry/context.ts';
import { invalidObject } from '../registry/incoming.ts';
import type { AdmissionRequest } from './chain.ts';

/** Rejects with Invalid, as upstream's validation of the group does. */
export function admissionRegistration(request: AdmissionRequest): Promise<void> | undefined {
  const { operation, object } = request;
  return object && isRegistration(operation) ? checkRegistration(request, object) : undefined;
}

export function isRegistration({ entry, info }: Operation): boolean {
  return entry.definition.resource.group === 'admissionregistration.k8s.io' && info.subresource === '';
}

async function checkRegistration(request: AdmissionRequest, object: KubeObject): Promise<void> {
  const { operation } = request;
  const { plural } = operation.entry.definition.resource;
  const { registrationRules } = await import('./dynamic/registration-rules.ts');
  const { paramRightsRules } = await import('./dynamic/param-rights.ts');
  const unsound = registrationRules(plural, object);
  const causes = unsound.length > 0 ? unsound : paramRightsRules(request);
  if (causes.length > 0) throw invalidObject(operation, object.metadata.name, causes);
}
