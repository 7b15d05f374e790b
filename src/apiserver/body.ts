// What does a request's body say? JSON, YAML or Kubernetes protobuf, as its content type tells.

import { notSupported } from '../apimachinery/field-error.ts';
import type { DeleteOptions } from '../apimachinery/meta.ts';
import { type StatusCause, StatusError } from '../apimachinery/status-error.ts';
import { refuseDeepNesting, refuseOpenBrackets } from './body-text.ts';
import type { Operation } from './registry/context.ts';
import { invalidOptions, readInteger } from './registry/list-options.ts';
import { repeatedInJson, repeatedInYaml } from './repeated-fields.ts';
import type { ApiRequest } from './types.ts';

const jsonTypes = new Set(['', 'application/json', '*/*']);
const protobufType = 'application/vnd.kubernetes.protobuf';

const undecodedFields = new WeakMap<object, string[]>();

/**
 * Fields of a decoded body whose protobuf numbers this server does not know, as paths: `spec.#99`. They are not in
 * the body, so whoever takes it must tell the client.
 */
export function undecodedFieldsOf(body: unknown): string[] {
  return typeof body === 'object' && body !== null ? (undecodedFields.get(body) ?? []) : [];
}

/** Content type without parameters, in lower case; empty if the request names none. */
export function contentTypeOf({ headers }: Pick<ApiRequest, 'headers'>): string {
  const header = headers['content-type'];
  // Most requests have no body, and most bodies are JSON.
  if (header === undefined || header === 'application/json') return header ?? '';
  return header.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The decoded body; fields that it names twice are noted on `operation`. Throws BadRequest if it can't be read, UnsupportedMediaType if its type is unknown. */
export async function decodeBody(request: ApiRequest, operation?: Operation): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  const type = contentTypeOf(request);
  if (type === protobufType) {
    // Loaded on first use: the message descriptors are large, and most clients send JSON.
    const { decodeProtobuf } = await import('../apimachinery/protobuf/decode.ts');
    const undecoded: string[] = [];
    const object = decodeProtobuf(bytes, (path) => undecoded.push(path));
    undecodedFields.set(object, undecoded);
    return object;
  }
  if (jsonTypes.has(type)) return parseJson(bytes, operation);
  if (type === 'application/yaml') return parseYaml(bytes, operation);
  throw new StatusError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** Body of a patch: JSON, or YAML for server-side apply. */
export async function decodePatch(request: ApiRequest, operation: Operation): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  return contentTypeOf(request).endsWith('+yaml') ? parseYaml(bytes, operation) : parseJson(bytes, operation);
}

/** Options of a DELETE, from its body or its query. Throws BadRequest or Invalid; may add warnings. */
export async function deleteOptionsOf(
  request: ApiRequest,
  { info: { query }, warnings }: Pick<Operation, 'info' | 'warnings'>,
): Promise<DeleteOptions> {
  const body = request.body?.byteLength ? await decodeBody(request) : undefined;
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body)))
    throw new StatusError('BadRequest', "couldn't get version/kind; json parse error: the body is no DeleteOptions");
  warnings.push(...undecodedFieldsOf(body).map((path) => `unknown field ${JSON.stringify(path)}`));
  const options: DeleteOptions = { ...body };
  if (query.has('gracePeriodSeconds')) options.gracePeriodSeconds ??= readInteger(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  if (policy !== null) options.propagationPolicy ??= policy as NonNullable<DeleteOptions['propagationPolicy']>;
  if (query.has('dryRun')) options.dryRun ??= query.getAll('dryRun');
  const { gracePeriodSeconds, propagationPolicy, dryRun = [], preconditions } = options;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !Number.isSafeInteger(gracePeriodSeconds))
    throw cannotDecode('gracePeriodSeconds', 'int64');
  if (preconditions && typeof preconditions !== 'object') throw cannotDecode('preconditions', 'v1.Preconditions');
  const causes: StatusCause[] = [];
  if (propagationPolicy && !propagationPolicies.includes(propagationPolicy))
    causes.push(notSupported('propagationPolicy', propagationPolicy, propagationPolicies));
  if (!Array.isArray(dryRun)) throw cannotDecode('dryRun', '[]string');
  if (dryRun.some((each) => each !== 'All')) causes.push(notSupported('dryRun', dryRun, ['All']));
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  return options;
}

const propagationPolicies = ['Background', 'Foreground', 'Orphan'];

function cannotDecode(field: string, type: string): StatusError {
  return new StatusError(
    'BadRequest',
    `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal into Go struct field DeleteOptions.${field} of type ${type}`,
  );
}

function parseJson(bytes: Uint8Array, operation?: Operation): unknown {
  refuseDeepNesting(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  try {
    const value: unknown = JSON.parse(text);
    if (operation && operation.write.fieldValidation !== 'Ignore') operation.repeated = repeatedInJson(text, value);
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StatusError(
      'BadRequest',
      `the object provided is unrecognized (must be of type JSON): ${error.message}`,
      { cause: error },
    );
  }
}

async function parseYaml(bytes: Uint8Array, operation?: Operation): Promise<unknown> {
  refuseOpenBrackets(bytes);
  const { LineCounter, parseDocument, visit, isScalar } = await import('yaml');
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(Buffer.from(bytes).toString(), { lineCounter, uniqueKeys: false });
    const [error] = document.errors;
    if (error) throw error;
    const lines: string[] = [];
    visit(document, {
      Map: (_key, { items }) => {
        const keys = new Set<unknown>();
        for (const { key } of items) {
          if (!isScalar(key)) continue;
          const { line } = lineCounter.linePos(key.range?.[0] ?? 0);
          if (keys.has(key.value)) lines.push(`line ${line}: key ${JSON.stringify(key.value)} already set in map`);
          keys.add(key.value);
        }
      },
    });
    if (operation) operation.repeated = repeatedInYaml(lines);
    // Through JSON, so that nothing that only YAML has gets further.
    const json = Buffer.from(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null));
    refuseDeepNesting(json);
    return JSON.parse(json.toString());
  } catch (error) {
    // Whatever the parser stumbles over (syntax, too many aliases, too deep for its stack) is the text's fault.
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError('BadRequest', `error converting YAML to JSON: ${why}`, { cause: error });
  }
}
