// Which claims are refused? Upstream's ValidatePersistentVolumeClaimSpec and ValidatePersistentVolumeClaimUpdate,
// and the rule of its admission plugin PersistentVolumeClaimResize.

import { semanticallyEqual, semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import { toldAs } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey, validateLabelSelector } from '../../apimachinery/validation.ts';
import { listed, named } from '../field-rules.ts';
import { internalDiff } from '../internal-form.ts';
import type { StorageClass } from '../storage/generated/v1.ts';
import { annotations } from '../storage/names.ts';
import { validateAccessModes } from './access-modes.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, TypedObjectReference } from './generated/v1.ts';
import { validateBasicAmount, validatePositiveAmount } from './resource-list.ts';

const { storageClassBeta } = annotations;
const requestPath = 'spec.resources.requests.storage';
const immutableMessage =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** Causes against a new claim. */
export function validateClaim({ spec = {} }: PersistentVolumeClaim): StatusCause[] {
  return validateClaimSpec(spec, 'spec');
}

/** Causes against a claim's spec, wherever it stands. A claim that has named an API group once may name any. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  { anyApiGroup = false }: { anyApiGroup?: boolean } = {},
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!spec.accessModes?.length) causes.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  if (spec.selector) causes.push(...validateLabelSelector(spec.selector, `${path}.selector`));
  causes.push(...validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`));
  const request = spec.resources?.requests?.storage;
  if (request === undefined) causes.push(required(`${path}.resources[storage]`));
  else causes.push(...validatePositiveAmount(request, `${path}.resources[storage]`));
  causes.push(...validateClassName(spec.storageClassName, `${path}.storageClassName`));
  causes.push(...listed(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']));
  const sourceCauses = (field: 'dataSource' | 'dataSourceRef'): StatusCause[] =>
    spec[field] ? validateSource(spec[field], { at: `${path}.${field}`, anyApiGroup }) : [];
  causes.push(...sourceCauses('dataSource'), ...sourceCauses('dataSourceRef'));
  if (spec.dataSourceRef?.namespace) {
    const { namespace } = spec.dataSourceRef;
    causes.push(...named(`${path}.dataSourceRef.namespace`, namespace, dns1123Label));
    if (spec.dataSource)
      causes.push(invalidValue(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  } else if (spec.dataSource && spec.dataSourceRef && !isSameSource(spec.dataSource, spec.dataSourceRef))
    causes.push(invalidValue(path, {}, 'must match dataSourceRef'));
  return [...causes, ...validateClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`)];
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
    causes.push(...validateBasicAmount(amount, `status.capacity[${name}]`));
  for (const [name, state] of Object.entries(states)) {
    const field = 'status.allocatedResourceStatuses';
    causes.push(...resizedNameCauses(name, field));
    if (!resizeStates.includes(state)) causes.push(notSupported(field, name, resizeStates));
  }
  for (const [name, amount] of Object.entries(allocatedResources)) {
    const wrong = resizedNameCauses(name, 'status.allocatedResources');
    causes.push(...(wrong.length > 0 ? wrong : validateBasicAmount(amount, `status.allocatedResources[${name}]`)));
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

function validateSource(
  { apiGroup, kind, name }: Partial<TypedObjectReference>,
  { at, anyApiGroup }: { at: string; anyApiGroup: boolean },
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(`${at}.name`));
  if (!kind) causes.push(required(`${at}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    causes.push(invalidValue(at, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  return apiGroup && !anyApiGroup ? [...causes, ...named(`${at}.apiGroup`, apiGroup, dns1123Subdomain)] : causes;
}

/**
 * Causes against an update. Only the request of a bound claim, its attributes class, a first volume name
 * and a first storage class may change. A request may shrink again while it is above the capacity:
 * that is how a claim recovers from an expansion that can't succeed.
 */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): StatusCause[] {
  const { spec = {} } = claim;
  const { spec: oldSpec = {} } = old;
  const { [storageClassBeta]: oldAnnotation } = old.metadata.annotations ?? {};
  const { [storageClassBeta]: annotation } = claim.metadata.annotations ?? {};
  const causes = validateClaimSpec(spec, 'spec', { anyApiGroup: hasApiGroup(oldSpec) });
  const isClassNew = oldSpec.storageClassName === undefined && spec.storageClassName !== undefined;
  // The class that an annotation named may be written into the field, and the annotation taken away.
  const isUpgrade = isClassNew && oldAnnotation !== undefined && spec.storageClassName === oldAnnotation;
  const isAnnotationKept = isUpgrade && (annotation === undefined || annotation === oldAnnotation);
  if (!isAnnotationKept && annotation !== oldAnnotation)
    causes.push(invalidValue(`metadata.annotations.${storageClassBeta}`, annotation ?? '', 'field is immutable'));
  const mayName = isClassNew && (oldAnnotation === undefined || oldAnnotation === spec.storageClassName);
  const [next, before] = settled(claim, { oldSpec, mayName });
  if (!semanticallyEqualStructs(next, before)) {
    const diff = internalDiff('PersistentVolumeClaimSpec', before, next);
    causes.push(forbidden('spec', `${immutableMessage}${diff}`));
  }
  const [size, oldSize] = [storageRequest(claim) ?? '0', storageRequest(old) ?? '0'];
  const capacity = old.status?.capacity?.storage ?? '0';
  if (isLess(size, oldSize) && !isLess(capacity, size)) {
    causes.push(forbidden(requestPath, 'field can not be less than status.capacity'));
  }
  if (spec.volumeMode !== oldSpec.volumeMode) {
    causes.push(invalidValue('volumeMode', spec.volumeMode, 'field is immutable'));
  }
  const { volumeAttributesClassName: newClass } = spec;
  // A class that the volume has been given stays, or gives way to another.
  const isApplied = old.status?.currentVolumeAttributesClassName !== undefined;
  if (isApplied && newClass !== oldSpec.volumeAttributesClassName && !newClass) {
    const to = newClass === '' ? 'empty string' : 'nil';
    const why = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    causes.push(forbidden('spec.volumeAttributesClassName', why));
  }
  return causes;
}

/** Both specs, the new one first, as they would be without what may change. */
function settled(
  { spec = {}, status }: PersistentVolumeClaim,
  { oldSpec, mayName }: { oldSpec: PersistentVolumeClaimSpec; mayName: boolean },
): [object, object] {
  const { storageClassName, volumeAttributesClassName } = oldSpec;
  const next: { [Name in keyof PersistentVolumeClaimSpec]: unknown } = toldAs(spec, { ...spec });
  const before = oldSpec.volumeName ? oldSpec : { ...oldSpec, volumeName: spec.volumeName };
  if (mayName) next.storageClassName = storageClassName;
  if (status?.phase !== 'Bound') return [next, before];
  next.volumeAttributesClassName = volumeAttributesClassName;
  const { requests } = spec.resources ?? {};
  const storage = oldSpec.resources?.requests?.['storage'];
  if (requests)
    next.resources = toldAs(spec.resources ?? {}, {
      ...spec.resources,
      requests: { ...requests, ...(storage && { storage }) },
    });
  return [next, before];
}

function hasApiGroup({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec): boolean {
  return dataSource?.apiGroup !== undefined || dataSourceRef?.apiGroup !== undefined;
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
