// Which objects does a list or watch choose? Its label and field selectors as one predicate.

import {
  type FieldRequirement,
  type FieldSelector,
  matchesFields,
  parseFieldSelector,
} from '../../apimachinery/field-selector.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { matchesSelector, parseSelector, type Selector, SelectorError } from '../../apimachinery/selectors.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { Operation } from './context.ts';

/** Undefined chooses everything. */
export type Selection = ((object: KubeObject) => boolean) | undefined;

/** Reads `labelSelector` and `fieldSelector`. Throws BadRequest with upstream's words if one is malformed or unknown. */
export function selectionOf({ entry, info }: Pick<Operation, 'entry' | 'info'>): Selection {
  const labels = parse('labelSelector', info.query, parseSelector);
  const fields = parse('fieldSelector', info.query, parseFieldSelector);
  requireKnownFields(entry, fields);
  if (info.isNamed && fields.length > 0 && !fields.some((each) => picks(each, info.name)))
    throw new StatusError('BadRequest', "fieldSelector metadata.name doesn't match requested name");
  if (info.isNamed) fields.push({ field: 'metadata.name', operator: '=', value: info.name });
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) => matchesLabels(labels, object) && matchesFields(fields, (field) => readField(entry, object, field));
}

function parse<T>(parameter: string, query: URLSearchParams, parser: (text: string) => T): T {
  const text = query.get(parameter) ?? '';
  try {
    return parser(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new StatusError('BadRequest', error.message, { cause: error });
  }
}

function requireKnownFields(entry: CatalogueEntry, fields: FieldSelector): void {
  for (const { field, value } of fields) {
    if (field === 'metadata.name' || (field === '' && value === '')) continue;
    if (field === 'metadata.namespace' && !withoutNamespaceField.has(entry.groupResource)) continue;
    if (Object.hasOwn(entry.definition.selectableFields, field)) continue;
    throw new StatusError('BadRequest', unknownField(entry, field));
  }
}

/** Kinds with conversions of their own for field selectors. Source: pkg/apis/…/v1/conversion.go. */
const withOwnFields = new Set([
  'pods',
  'nodes',
  'replicationcontrollers',
  'events',
  'events.events.k8s.io',
  'namespaces',
  'secrets',
  'services',
  'certificatesigningrequests.certificates.k8s.io',
]);
const withoutNamespaceField = new Set(['nodes', 'namespaces', 'certificatesigningrequests.certificates.k8s.io']);

/** Source for the others: apimachinery's DefaultMetaV1FieldSelectorConversion. */
function unknownField({ definition, groupResource }: CatalogueEntry, field: string): string {
  if (groupResource === 'jobs.batch') return `field label ${JSON.stringify(field)} not supported for Job`;
  return definition.isBuiltIn && !withOwnFields.has(groupResource)
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`;
}

function picks({ field, operator, value }: FieldRequirement, name: string): boolean {
  return field === 'metadata.name' && operator === '=' && value === name;
}

function matchesLabels(selector: Selector, object: KubeObject): boolean {
  return selector.length === 0 || matchesSelector(selector, object.metadata.labels);
}

function readField(entry: CatalogueEntry, object: KubeObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return entry.definition.selectableFields[field]?.(object) ?? '';
}
