// Which objects are changed only by who says which version they have read, and which come to be by PUT?
// Source: AllowUnconditionalUpdate and AllowCreateOnUpdate of upstream's strategies.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { conflict, type StatusError } from '../../apimachinery/status-error.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { Operation } from './context.ts';
import { invalid } from './incoming.ts';

/** Beside all custom resources. */
const conditional = new Set([
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'leases.coordination.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'poddisruptionbudgets.policy',
  'runtimeclasses.node.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

const created = new Set([
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'endpoints',
  'events',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'limitranges',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'runtimeclasses.node.k8s.io',
  'services',
]);

/** Does PUT create the object if there is none? */
export function isCreatedByPut({ groupResource }: Pick<CatalogueEntry, 'groupResource'>): boolean {
  return created.has(groupResource);
}

/** The refusal of a change that does not say of which version; undefined where it need not. */
export function missingVersion({ definition, groupResource }: CatalogueEntry, name: string): StatusError | undefined {
  if (definition.isBuiltIn && !conditional.has(groupResource)) return undefined;
  const cause = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  const { group, plural } = definition.resource;
  // Upstream puts the resource in the place of the kind.
  return invalid({ group, kind: plural }, name, [cause]);
}

/** Where upstream keeps what it has not always called so. Source: SpecialDefaultResourcePrefixes. */
const places: Record<string, string> = {
  replicationcontrollers: 'controllers',
  endpoints: 'services/endpoints',
  services: 'services/specs',
  nodes: 'minions',
  'ingresses.networking.k8s.io': 'ingress',
  'customresourcedefinitions.apiextensions.k8s.io': 'apiextensions.k8s.io/customresourcedefinitions',
};

/** The key of the object in upstream's etcd, which its messages show: what only tries a write does without the prefix. */
export function etcdKey({ entry, info, isDryRun }: Pick<Operation, 'entry' | 'info' | 'isDryRun'>): string {
  const { definition, groupResource } = entry;
  const { isBuiltIn, resource } = definition;
  const { group, plural, namespaced } = resource;
  const place = places[groupResource] ?? (isBuiltIn ? plural : `${group}/${plural}`);
  return `${isDryRun ? '' : '/registry'}/${place}/${namespaced ? `${info.namespace}/` : ''}${info.name}`;
}

/** The refusal of a write that was meant for another object, or for another state of it. */
export function failedPrecondition(
  operation: Operation,
  { what, wanted, found }: { what: 'UID' | 'ResourceVersion'; wanted: string; found: string },
): StatusError {
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
  const storage = `StorageError: invalid object, Code: 4, Key: ${etcdKey(operation)}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(operation.entry.groupResource, operation.info.name, storage);
}
