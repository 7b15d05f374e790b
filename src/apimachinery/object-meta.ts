// Is the metadata of an object in order, as that of a new one and as a change of what it was?
// Rules and message texts of apimachinery's api/validation objectmeta.go.

import { forbidden, invalidValue, required } from './field-error.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from './meta.ts';
import type { StatusCause } from './status-error.ts';
import {
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  type NameRule,
  pathSegment,
  pathSegmentPrefix,
  validateAnnotations,
  validateLabels,
} from './validation.ts';

export interface MetaRules {
  namespaced: boolean;
  /** The kind's own; a DNS subdomain when absent. */
  nameRule?: NameRule;
  /** What generated names may begin with, where that is less strict. */
  prefixRule?: NameRule;
  path?: string;
  /** May finalizers do without a prefix? */
  plainFinalizers?: boolean;
}

/** Metadata of an object that is to be stored: name (or generateName), namespace, labels, annotations, owner references and finalizers. */
export function validateObjectMeta(object: KubeObject, rules: MetaRules): StatusCause[] {
  const { namespaced, nameRule = dns1123Subdomain, path = 'metadata', plainFinalizers = true } = rules;
  const { name, generateName, namespace, finalizers = [] } = object.metadata;
  const causes: StatusCause[] = [];
  if (generateName) {
    const { prefixRule = nameRule === pathSegment ? pathSegmentPrefix : nameRule } = rules;
    // A generated name gets five letters or digits, so a trailing `-` is fine here.
    const masked = generateName.replace(/(?<=.)-$/s, 'a');
    causes.push(...prefixRule(masked).map((message) => invalidValue(`${path}.generateName`, generateName, message)));
  }
  if (!name) causes.push(required(`${path}.name`, 'name or generateName is required'));
  else causes.push(...nameRule(name).map((message) => invalidValue(`${path}.name`, name, message)));
  if (!namespaced && namespace) causes.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  if (namespaced && !namespace) causes.push(required(`${path}.namespace`));
  if (namespaced && namespace) {
    causes.push(...dns1123Label(namespace).map((message) => invalidValue(`${path}.namespace`, namespace, message)));
  }
  causes.push(...sharedCauses(object.metadata, path));
  causes.push(...finalizerCauses(finalizers, `${path}.finalizers`));
  if (!plainFinalizers) causes.push(...unqualifiedFinalizers(finalizers, `${path}.finalizers`));
  return causes;
}

/** The change of an object's metadata. What only the server sets has been put back before. */
export function validateObjectMetaUpdate(
  { metadata }: KubeObject,
  { metadata: old }: KubeObject,
  { plainFinalizers = true }: Pick<MetaRules, 'plainFinalizers'> = {},
): StatusCause[] {
  const { finalizers = [] } = metadata;
  const at = 'metadata.finalizers';
  return [
    ...(old.deletionTimestamp ? newFinalizers(finalizers, old.finalizers ?? [], at) : []),
    ...sharedCauses(metadata, 'metadata'),
    ...(plainFinalizers ? [] : unqualifiedFinalizers(finalizers, at)),
  ];
}

/** What is looked at in every object, new or changed. */
function sharedCauses({ labels, annotations, ownerReferences }: ObjectMeta, path: string): StatusCause[] {
  return [
    ...(labels ? validateLabels(labels, `${path}.labels`) : []),
    ...(annotations ? validateAnnotations(annotations, `${path}.annotations`) : []),
    ...(ownerReferences ? validateOwners(ownerReferences, `${path}.ownerReferences`) : []),
  ];
}

function validateOwners(ownerReferences: OwnerReference[], at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const owner of ownerReferences) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = owner as Partial<OwnerReference>;
    if (!/^[^/]*\/?[^/]+$/.test(apiVersion))
      causes.push(invalidValue(`${at}.apiVersion`, apiVersion, 'version must not be empty'));
    if (!kind) causes.push(invalidValue(`${at}.kind`, kind, 'must not be empty'));
    if (!name) causes.push(invalidValue(`${at}.name`, name, 'must not be empty'));
    if (!uid) causes.push(invalidValue(`${at}.uid`, uid, 'must not be empty'));
    // Events go on their own: as owners they would take much with them.
    if (apiVersion === 'v1' && kind === 'Event')
      causes.push(invalidValue(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  const controllers = ownerReferences.filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const [first, second] = controllers;
    causes.push(
      invalidValue(
        at,
        ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`,
      ),
    );
  }
  return causes;
}

function finalizerCauses(finalizers: readonly string[], at: string): StatusCause[] {
  const causes = finalizers.flatMap((name) => labelKey(name).map((message) => invalidValue(at, name, message)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    causes.push(invalidValue(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return causes;
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of built-in kinds have a prefix, but for those that upstream itself has without. */
export function unqualifiedFinalizers(finalizers: readonly string[], path: string): StatusCause[] {
  return finalizers.flatMap((name, index) =>
    name.includes('/') || standardFinalizers.has(name)
      ? []
      : [
          invalidValue(
            `${path}[${index}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}

function newFinalizers(finalizers: readonly string[], old: readonly string[], at: string): StatusCause[] {
  const added = finalizers.filter((each) => !old.includes(each));
  if (added.length === 0) return [];
  const list = added.map((each) => JSON.stringify(each)).join(', ');
  return [
    forbidden(
      at,
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}
