// Which fields does a request not set, whatever it says? Those of the other subresources; nobody comes to own them.
// Source: the GetResetFields of upstream's strategies.

import {
  emptySet,
  type FieldSet,
  isEmptySet,
  recursiveDifference,
  setOf,
} from '../../apimachinery/fieldpath/field-set.ts';
import { fieldElement } from '../../apimachinery/fieldpath/path-element.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';

const statusOnly = fields('status');
const specOnly = fields('spec');
const allButConditions = fields('spec', 'status.certificate');
const specAndMetadata = fields('spec', 'metadata');

/** What a write of the object itself leaves alone beside the status. */
const keptByObject: Record<string, FieldSet> = {
  'certificatesigningrequests.certificates.k8s.io': fields('spec', 'status'),
};

/** What a write of the status leaves alone beside the spec. */
const keptByStatus: Record<string, FieldSet> = {
  'daemonsets.apps': fields('spec'),
  'deployments.apps': fields('spec', 'metadata.labels'),
  'certificatesigningrequests.certificates.k8s.io': fields('spec', 'status.conditions'),
  persistentvolumes: fields('spec'),
  pods: fields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
};

/** What of `set` a write through `subresource` may set. */
export function settableFields(set: FieldSet, entry: CatalogueEntry, subresource: string): FieldSet {
  const reset = resetFieldsOf(entry, subresource);
  return isEmptySet(reset) ? set : recursiveDifference(set, reset);
}

/** The fields that a write through `subresource` leaves alone. */
function resetFieldsOf({ definition, groupResource }: CatalogueEntry, subresource: string): FieldSet {
  const hasStatus = definition.subresources.includes('status');
  if (subresource === '') return keptByObject[groupResource] ?? (hasStatus ? statusOnly : emptySet);
  // Upstream's storage of these parts doesn't pass on what its strategy says of them.
  if (Object.hasOwn(definition.parts ?? {}, subresource)) return emptySet;
  if (subresource === 'approval') return allButConditions;
  if (subresource !== 'status') return statusOnly;
  const keepsMetadata = !definition.isBuiltIn || definition.statusKeepsMetadata;
  return keptByStatus[groupResource] ?? (keepsMetadata ? specAndMetadata : specOnly);
}

function fields(...paths: string[]): FieldSet {
  return setOf(...paths.map((path) => path.split('.').map(fieldElement)));
}
