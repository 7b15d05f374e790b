// Which storage classes, and which changes of them, are refused? Source: pkg/apis/storage/validation ValidateStorageClass.

import { duplicate, invalidValue, required, tooLong } from '../../apimachinery/field-error.ts';
import { asSent } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { immutable, listed, named } from '../field-rules.ts';
import type { StorageClass } from './generated/v1.ts';

type TopologySelectorTerm = NonNullable<StorageClass['allowedTopologies']>[number];

const parametersMax = 512;
const parametersMaxBytes = 256 * 1024;

/** Causes against a class. */
export function validateStorageClass(storageClass: StorageClass): StatusCause[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = storageClass;
  return [
    ...validateProvisioner(provisioner, 'provisioner'),
    ...validateParameters(parameters ?? {}, 'parameters'),
    ...(reclaimPolicy === '' ? [] : listed('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain'])),
    ...(volumeBindingMode === undefined ? [required('volumeBindingMode')] : []),
    ...listed('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...topologyCauses(allowedTopologies ?? []),
  ];
}

/** Causes against the name of a driver, whatever the case of its letters. */
export function validateProvisioner(name: string, field: string): StatusCause[] {
  if (!name) return [required(field)];
  return labelKey(name.toLowerCase()).map((message) => invalidValue(field, name, message));
}

/** Causes against what is handed to a driver. */
export function validateParameters(parameters: Record<string, string>, field: string): StatusCause[] {
  const entries = Object.entries(parameters);
  if (entries.length > parametersMax) return [tooLong(field, parametersMax)];
  const causes = entries
    .filter(([key]) => key === '')
    .map(([key]) => invalidValue(field, key, 'field can not be empty.'));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > parametersMaxBytes ? [...causes, tooLong(field, parametersMaxBytes)] : causes;
}

function topologyCauses(terms: readonly TopologySelectorTerm[]): StatusCause[] {
  // Terms that were not looked at yet are empty to upstream: an empty term is a second one of each.
  const seen: string[] = terms.map(() => '');
  return terms.flatMap((term, index) => {
    const at = `allowedTopologies[${index}].matchLabelExpressions`;
    const causes = termCauses(term, at);
    const text = contentOf(term);
    for (const other of seen) if (other === text) causes.push(duplicate(at, ''));
    seen[index] = text;
    return causes;
  });
}

function termCauses({ matchLabelExpressions = [] }: TopologySelectorTerm, at: string): StatusCause[] {
  const keys = new Set<string>();
  return matchLabelExpressions.flatMap(({ key, values }, index) => {
    const field = `${at}[${index}]`;
    const causes = values.length > 0 ? [] : [required(`${field}.values`)];
    values.forEach((value, i) => {
      if (values.indexOf(value) < i) causes.push(duplicate(`${field}.values[${i}]`, value));
    });
    causes.push(...named(`${field}.key`, key, labelKey));
    if (keys.has(key)) causes.push(duplicate(`${field}.key`, key));
    keys.add(key);
    return causes;
  });
}

/** The same text for terms that ask for the same. */
function contentOf({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const lines = matchLabelExpressions.map(({ key, values }) => JSON.stringify([key, [...new Set(values)].sort()]));
  return lines.sort().join();
}

/** Causes against an update: volumes were made as the class said. */
export function validateStorageClassUpdate(storageClass: StorageClass, old: StorageClass): StatusCause[] {
  const { provisioner, reclaimPolicy, volumeBindingMode } = storageClass;
  return [
    ...validateStorageClass(storageClass),
    ...immutable('parameters', asSent(storageClass, 'parameters'), old.parameters),
    ...immutable('provisioner', provisioner, old.provisioner),
    ...immutable('reclaimPolicy', reclaimPolicy, old.reclaimPolicy),
    ...immutable('volumeBindingMode', volumeBindingMode, old.volumeBindingMode),
  ];
}
