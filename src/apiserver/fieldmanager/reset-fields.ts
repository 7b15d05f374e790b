// Which fields does a request not set, whatever it says? Those of the other subresources; nobody comes to own them.
// Source: the GetResetFields of upstream's strategies.

import { emptySet, type FieldSet, setOf } from '../../apimachinery/fieldpath/field-set.ts';
import { fieldElement } from '../../apimachinery/fieldpath/path-element.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';

const statusOnly = fields('status');
const specOnly = fields('spec');

/** What a write of the status leaves alone beside the spec. */
const keptByStatus: Record<string, FieldSet> = {
  'daemonsets.apps': fields('spec'),
  'deployments.apps': fields('spec', 'metadata.labels'),
  'customresourcedefinitions.apiextensions.k8s.io': fields('spec', 'metadata.labels'),
  persistentvolumes: fields('spec'),
  pods: fields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
};

/** The fields that a write through `subresource` leaves alone. */
export function resetFieldsOf({ definition, groupResource }: CatalogueEntry, subresource: string): FieldSet {
  const hasStatus = definition.subresources.includes('status');
  if (subresource === '') return hasStatus ? statusOnly : emptySet;
  if (subresource === 'approval') return specOnly;
  if (subresource !== 'status') return statusOnly;
  return keptByStatus[groupResource] ?? (definition.isBuiltIn ? specOnly : fields('spec', 'metadata'));
}

function fields(...paths: string[]): FieldSet {
  return setOf(...paths.map((path) => path.split('.').map(fieldElement)));
}
