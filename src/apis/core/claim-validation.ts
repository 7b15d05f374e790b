// Which claims are refused? Upstream's ValidatePersistentVolumeClaimSpec and ValidatePersistentVolumeClaimUpdate,
// and the rule of its admission plugin PersistentVolumeClaimResize.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { compareQuantities, isQuantity, parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey, validateLabelSelector } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { StorageClass } from '../storage/generated/v1.ts';
import { validateAccessModes } from './access-modes.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, TypedObjectReference } from './generated/v1.ts';
import { validateAmount, validatePositiveAmount } from './resource-list.ts';

const requestPath = 'spec.resources.requests.storage';
const immutableMessage =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** Causes against a new claim. */
export function validateClaim(claim: PersistentVolumeClaim): StatusCause[] {
  return claim.spec ? validateClaimSpec(claim.spec, 'spec') : [required('spec')];
}

/** Causes against a claim's spec, wherever it stands. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!spec.accessModes?.length) causes.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  if (spec.selector) causes.push(...validateLabelSelector(spec.selector, `${path}.selector`));
  causes.push(...validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`));
  const request = spec.resources?.requests?.storage;
  if (request === undefined) causes.push(required(`${path}.resources[storage]`));
  else causes.push(...validatePositiveAmount(request, `${path}.resources[storage]`));
  causes.push(...validateClassName(spec.storageClassName, `${path}.storageClassName`));
  causes.push(...validateClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`));
  if (spec.volumeMode && spec.volumeMode !== 'Block' && spec.volumeMode !== 'Filesystem') {
    causes.push(notSupported(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']));
  }
  if (spec.dataSource) causes.push(...validateSource(spec.dataSource, `${path}.dataSource`));
  if (spec.dataSourceRef) causes.push(...validateSource(spec.dataSourceRef, `${path}.dataSourceRef`));
  if (spec.dataSourceRef?.namespace) {
    const { namespace } = spec.dataSourceRef;
    causes.push(...named(`${path}.dataSourceRef.namespace`, namespace, dns1123Label));
    if (spec.dataSource)
      causes.push(invalidValue(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  } else if (spec.dataSource && spec.dataSourceRef && !isSameSource(spec.dataSource, spec.dataSourceRef))
    causes.push(invalidValue(path, {}, 'must match dataSourceRef'));
  return causes;
}

function isSameSource(source: TypedObjectReference, reference: TypedObjectReference): boolean {
  const of = ({ apiGroup, kind, name }: TypedObjectReference) => ({ apiGroup, kind, name });
  return semanticallyEqual(of(source), of(reference));
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort();

/** Causes against an update of a claim's status. */
export function validateClaimStatus({ spec, status = {} }: PersistentVolumeClaim): StatusCause[] {
  const causes = spec?.accessModes?.length ? [] : [required('Spec.accessModes')];
  const { capacity = {}, allocatedResourceStatuses: states = {}, allocatedResources = {} } = status;
  for (const [name, amount] of Object.entries(capacity))
    if (isQuantity(amount) && parseQuantity(amount).nanos < 0n)
      causes.push(
        invalidValue(`status.capacity[${name}]`, quantityToNumber(amount), 'must be a valid resource quantity'),
      );
  for (const [name, state] of Object.entries(states)) {
    const field = 'status.allocatedResourceStatus';
    causes.push(...resizedNameCauses(name, field));
    if (!resizeStates.includes(state)) causes.push(notSupported(field, name, resizeStates));
  }
  for (const [name, amount] of Object.entries(allocatedResources)) {
    const wrong = resizedNameCauses(name, 'status.allocatedResources');
    causes.push(...(wrong.length > 0 ? wrong : validateAmount(amount, `status.allocatedResources[${name}]`)));
  }
  return causes;
}

/** Of Kubernetes' own resources only storage grows. */
function resizedNameCauses(name: string, field: string): StatusCause[] {
  const wrong = named(field, name, labelKey);
  if (wrong.length > 0 || name === 'storage' || (name.includes('/') && !name.includes('kubernetes.io/'))) return wrong;
  return [notSupported(field, name, ['storage'])];
}

function validateClassName(name: string | undefined, field: string): StatusCause[] {
  return name ? dns1123Subdomain(name).map((message) => invalidValue(field, name, message)) : [];
}

function validateSource({ apiGroup, kind, name }: Partial<TypedObjectReference>, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(`${at}.name`));
  if (!kind) causes.push(required(`${at}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    causes.push(invalidValue(at, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  return apiGroup ? [...causes, ...named(`${at}.apiGroup`, apiGroup, dns1123Subdomain)] : causes;
}

/**
 * Causes against an update. Only the request of a bound claim, its attributes class, a first volume name
 * and a first storage class may change. A request may shrink again while it is above the capacity:
 * that is how a claim recovers from an expansion that can't succeed.
 */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): StatusCause[] {
  if (!claim.spec || !old.spec) return [required('spec')];
  const causes = validateClaimSpec(claim.spec, 'spec');
  if (!semanticallyEqual(immutablePart(claim, old), immutablePart(old, old)))
    causes.push(forbidden('spec', immutableMessage));
  const size = storageRequest(claim);
  const oldSize = storageRequest(old);
  const capacity = old.status?.capacity?.storage ?? '0';
  if (size && oldSize && isLess(size, oldSize) && !isLess(capacity, size)) {
    causes.push(forbidden(requestPath, 'field can not be less than status.capacity'));
  }
  if ((claim.spec.volumeMode ?? '') !== (old.spec.volumeMode ?? '')) {
    causes.push(invalidValue('volumeMode', claim.spec.volumeMode, 'field is immutable'));
  }
  const { volumeAttributesClassName: oldClass } = old.spec;
  const { volumeAttributesClassName: newClass } = claim.spec;
  if (oldClass !== undefined && newClass !== oldClass && !newClass) {
    const to = newClass === '' ? 'an empty string' : 'nil';
    causes.push(forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${to} is forbidden`));
  }
  return causes;
}

function immutablePart({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): unknown {
  const isUnbound = !old.spec?.volumeName;
  const hadNoClass = old.spec?.storageClassName === undefined;
  const { storage: _, ...otherRequests } = spec?.resources?.requests ?? {};
  return {
    ...spec,
    volumeName: isUnbound ? undefined : spec?.volumeName,
    storageClassName: hadNoClass ? undefined : (spec?.storageClassName ?? null),
    volumeAttributesClassName: undefined,
    resources: { ...spec?.resources, requests: status?.phase === 'Bound' ? otherRequests : spec?.resources?.requests },
  };
}

function storageRequest(claim: PersistentVolumeClaim): string | undefined {
  const request = claim.spec?.resources?.requests?.storage;
  return isQuantity(request) ? String(request) : undefined;
}

function isLess(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;
}

/**
 * Why `claim` may not grow from `old`, in the words of upstream's admission plugin PersistentVolumeClaimResize;
 * undefined when it may, or doesn't. `storageClass` is the class that the claim names, if it exists.
 * For the API server's admission, which answers Forbidden with this text after
 * `persistentvolumeclaims "<name>" is forbidden: `.
 */
export function validateExpansion(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
): string | undefined {
  const size = storageRequest(claim);
  const oldSize = storageRequest(old);
  if (!size || !oldSize || !isLess(oldSize, size)) return undefined;
  if (old.status?.phase !== 'Bound') return 'Only bound persistent volume claims can be expanded';
  if (storageClass?.allowVolumeExpansion) return undefined;
  return 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
}
