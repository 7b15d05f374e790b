// Which objects does a list or watch choose? Its label and field selectors as one predicate.

import { type FieldSelector, matchesFields, parseFieldSelector } from '../../apimachinery/field-selector.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { matchesSelector, parseSelector, type Selector, SelectorError } from '../../apimachinery/selectors.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** Undefined chooses everything. */
export type Selection = ((object: KubeObject) => boolean) | undefined;

/** Reads `labelSelector` and `fieldSelector`. Throws BadRequest with upstream's words if one is malformed or unknown. */
export function selectionOf(entry: CatalogueEntry, query: URLSearchParams): Selection {
  const labels = parse('labelSelector', query, parseSelector);
  const fields = parse('fieldSelector', query, parseFieldSelector);
  requireKnownFields(entry, fields);
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
  for (const { field } of fields) {
    if (field === 'metadata.name' || field === 'metadata.namespace') continue;
    if (Object.hasOwn(entry.definition.selectableFields, field)) continue;
    const { group, version } = entry.definition.resource;
    const kind = `${group === '' ? '' : `${group}/`}${version}, Kind=${entry.kind}`;
    throw new StatusError(
      'BadRequest',
      `Unable to find ${JSON.stringify(kind)} that match label selector "", field selector ${JSON.stringify(field)}: field label not supported: ${field}`,
    );
  }
}

function matchesLabels(selector: Selector, object: KubeObject): boolean {
  return selector.length === 0 || matchesSelector(selector, object.metadata.labels);
}

function readField(entry: CatalogueEntry, object: KubeObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return entry.definition.selectableFields[field]?.(object) ?? '';
}
