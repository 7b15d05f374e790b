// In which form does the client want the answer?

import { StatusError } from '../apimachinery/status-error.ts';

export type ObjectForm =
  | { as: 'Object' }
  | { as: 'Table'; version: string }
  | { as: 'PartialObjectMetadata' | 'PartialObjectMetadataList'; version: string };

export interface MediaClause {
  type: string;
  parameters: Record<string, string>;
}

const jsonTypes = new Set(['application/json', '*/*', 'application/*']);
const metaVersions = new Set(['v1', 'v1beta1']);

/** The clauses of an Accept header in their order; an absent header accepts anything. */
export function parseAccept(header: string | undefined): MediaClause[] {
  return (header || '*/*').split(',').map((clause) => {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const pairs = parameters.map((parameter): [string, string] => {
      const at = parameter.indexOf('=');
      return at < 0 ? [parameter, ''] : [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()];
    });
    return { type, parameters: Object.fromEntries(pairs) };
  });
}

/** The first form of the Accept header that this server can write. Throws NotAcceptable if there is none. */
export function negotiateForm(accept: string | undefined): ObjectForm {
  for (const { type, parameters } of parseAccept(accept)) {
    if (!jsonTypes.has(type)) continue;
    const { as, g: group, v: version = '' } = parameters;
    if (as === undefined) return { as: 'Object' };
    const isMetaForm = as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
    if (isMetaForm && group === 'meta.k8s.io' && metaVersions.has(version)) return { as, version };
  }
  throw notAcceptable();
}

/** The refusal of a request that accepts none of the server's forms. */
export function notAcceptable(): StatusError {
  return new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
}
