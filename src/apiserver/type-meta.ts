// Which version and kind does a body say that it is of? Upstream finds these two fields in any case (`KIND`), as Go's JSON
// does, before it reads the body, in which only `kind` is the kind.
// Source: apimachinery/pkg/runtime/serializer/json, Interpret.

import { goKind } from '../apimachinery/go-json.ts';
import { ownField, setField } from '../apimachinery/json-fields.ts';

/** Both are absent where nothing is said: null and the empty text say nothing. */
export interface TypeMeta {
  apiVersion?: string | undefined;
  kind?: string | undefined;
}

/** The version and kind of `body`, whose fields are in the order in which they are read: of those that differ only in case the last counts. */
export function typeMetaIn(body: object): TypeMeta & { problem: string | undefined } {
  let apiVersion: string | undefined;
  let kind: string | undefined;
  let problem: string | undefined;
  for (const key in body) {
    const field = typeMetaField(key);
    if (field === undefined) continue;
    const value = (body as Record<string, unknown>)[key];
    if (typeof value === 'string') {
      if (field === 'kind') kind = value;
      else apiVersion = value;
    } else if (value !== null && value !== undefined) {
      problem ??= unparsed(`json: cannot unmarshal ${goKind(value)} into Go struct field .${field} of type string`);
    }
  }
  if (apiVersion !== undefined && apiVersion.indexOf('/') !== apiVersion.lastIndexOf('/'))
    problem ??= `unexpected GroupVersion string: ${apiVersion}`;
  // The group before the slash may be the one without a name.
  if (apiVersion?.startsWith('/')) apiVersion = apiVersion.slice(1);
  return { apiVersion, kind, problem };
}

/** What is said of a body whose version and kind can't be read, for this reason of Go's decoder. */
export function unparsed(why: string): string {
  return `couldn't get version/kind; json parse error: ${why}`;
}

/** Letters are the same if they are so to Unicode: also the sign for Kelvin is a `k`. */
function typeMetaField(key: string): keyof TypeMeta | undefined {
  if (key === 'kind' || key === 'apiVersion') return key;
  if (key.length === 4 && /^kind$/iu.test(key)) return 'kind';
  return key.length === 10 && /^apiversion$/iu.test(key) ? 'apiVersion' : undefined;
}

/** The value with the fields of its objects in the order in which Go writes them. */
export function withSortedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedFields);
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort())
    setField(sorted, key, withSortedFields(ownField(value as Record<string, unknown>, key)));
  return sorted;
}
