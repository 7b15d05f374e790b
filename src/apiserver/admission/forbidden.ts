// How does admission refuse?

import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import type { Operation } from '../registry/context.ts';

/** What an object is called before it has the name that the server is to generate. */
export function calledName({ metadata }: { metadata: { name?: string; generateName?: string } }): string {
  return metadata.name || metadata.generateName || '';
}

/** `pods "web-0" is forbidden: <why>`. Who knows no name tells `Unknown`. */
export function forbiddenBy(
  { entry }: Operation,
  told: string,
  { why, causes }: { why: string; causes?: StatusCause[] },
): StatusError {
  const name = told || 'Unknown';
  const { plural, group } = entry.definition.resource;
  return new StatusError('Forbidden', `${entry.groupResource} "${name}" is forbidden: ${why}`, {
    details: { name, ...(group !== '' && { group }), kind: plural, ...(causes && { causes }) },
  });
}
