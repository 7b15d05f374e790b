// What does a request's body say? JSON, YAML or Kubernetes protobuf, as its content type tells.

import { invalidValue, notSupported } from '../apimachinery/field-error.ts';
import { goKind, goSyntaxError } from '../apimachinery/go-json.ts';
import type { DeleteOptions } from '../apimachinery/meta.ts';
import { type StatusCause, StatusError } from '../apimachinery/status-error.ts';
import {
  foundNumber,
  isGoInteger,
  plainNumbers,
  WrittenNumber,
  withWrittenNumbers,
} from '../apimachinery/written-number.ts';
import { refuseDeepNesting, refuseOpenBrackets, unrecognized } from './body-text.ts';
import { gvkOf } from './openapi/subresources.ts';
import { isObject } from './patch/merge-patch.ts';
import type { Operation } from './registry/context.ts';
import { invalidOptions, readInteger } from './registry/list-options.ts';
import { repeatedInJson, repeatedInYaml } from './repeated-fields.ts';
import { isTrue } from './request-info.ts';
import { typeMetaIn, unparsed, withSortedFields } from './type-meta.ts';
import type { ApiRequest } from './types.ts';
import { finite, goTags } from './yaml-scalars.ts';

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

/**
 * The decoded body, of JSON with numbers as they were written where that matters; fields that it names twice are noted on `operation`. Throws
 * BadRequest if it can't be read, UnsupportedMediaType if its type is unknown.
 */
export async function decodeBody(request: ApiRequest, operation?: Operation): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  if (operation) noteRead(operation, bytes);
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
  if (type === 'application/yaml') {
    // Upstream reads it as JSON, whose fields are sorted by then.
    const value = withSortedFields(await parseYaml(bytes, operation));
    requireTypeMeta(value, bytes, operation);
    return value;
  }
  throw new StatusError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** Body of a patch: JSON, of a strategic merge patch with plain numbers, or YAML for server-side apply. */
export async function decodePatch(request: ApiRequest, operation: Operation): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  noteRead(operation, bytes);
  const type = contentTypeOf(request);
  if (type.endsWith('+yaml')) return parseYaml(bytes, operation, 'error decoding YAML: ');
  const isStrategic = type === 'application/strategic-merge-patch+json';
  const prefix = isStrategic ? '' : 'error decoding patch: ';
  const refuse = (why: string): never => {
    throw new StatusError('BadRequest', `${prefix}${why}`);
  };
  const { value, written } = readJson(bytes, refuse, operation);
  if (written === value) return value;
  const { tooLarge } = plainNumbers(written);
  const into = type === 'application/json-patch+json' ? 'struct field jsonPatchOp.value' : 'value';
  if (tooLarge !== undefined)
    return refuse(`json: cannot unmarshal number ${tooLarge} into Go ${into} of type float64`);
  // Such a patch is applied to values, the others to texts of JSON.
  return isStrategic ? value : written;
}

function noteRead(
  { info, entry, bodies }: Pick<Operation, 'info' | 'entry' | 'bodies'>,
  bytes: Uint8Array | undefined,
): void {
  bodies.read(entry.definition.resource, info.verb, bytes?.byteLength ?? 0);
}

/** Options of a DELETE, from its body or its query. Throws BadRequest or Invalid; may add warnings. */
export async function deleteOptionsOf(
  request: ApiRequest,
  operation: Pick<Operation, 'info' | 'entry' | 'warnings' | 'bodies'>,
): Promise<DeleteOptions> {
  const { info, warnings } = operation;
  const { query } = info;
  noteRead(operation, request.body);
  const body = request.body?.byteLength ? await decodeBody(request) : undefined;
  if (body !== undefined && !isObject(body)) throw new StatusError('BadRequest', unparsed(`json: ${noOptions(body)}`));
  requireDeleteOptions(body ?? {});
  warnings.push(...undecodedFieldsOf(body).map((path) => `unknown field ${JSON.stringify(path)}`));
  const options: DeleteOptions = { ...body };
  if (query.has('gracePeriodSeconds')) options.gracePeriodSeconds ??= readInteger(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  if (policy !== null) options.propagationPolicy ??= policy as NonNullable<DeleteOptions['propagationPolicy']>;
  const orphans = query.get('orphanDependents');
  if (orphans !== null) options.orphanDependents ??= isTrue(orphans);
  if (query.has('dryRun')) options.dryRun ??= query.getAll('dryRun');
  const { gracePeriodSeconds, dryRun = [], preconditions } = options;
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null && !isGoInteger(gracePeriodSeconds, 64))
    throw cannotDecode('gracePeriodSeconds', gracePeriodSeconds, 'int64');
  if (preconditions && typeof preconditions !== 'object')
    throw cannotDecode('preconditions', preconditions, 'v1.Preconditions');
  if (!Array.isArray(dryRun)) throw cannotDecode('dryRun', dryRun, '[]string');
  const plain = plainNumbers(options).value as DeleteOptions;
  validateDeleteOptions(plain);
  return plain;
}

/** Throws Invalid. Source: apimachinery's ValidateDeleteOptions. */
export function validateDeleteOptions({ propagationPolicy, orphanDependents, dryRun = [] }: DeleteOptions): void {
  const causes: StatusCause[] = [];
  const hasPolicy = propagationPolicy !== undefined && propagationPolicy !== null;
  if (hasPolicy && orphanDependents !== undefined && orphanDependents !== null) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    causes.push(invalidValue('propagationPolicy', propagationPolicy, why));
  }
  if (hasPolicy && !propagationPolicies.includes(propagationPolicy))
    causes.push(notSupported('propagationPolicy', propagationPolicy, [...propagationPolicies, 'nil']));
  if (dryRun.some((each) => each !== 'All')) causes.push(notSupported('dryRun', dryRun, ['All']));
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
}

const propagationPolicies = ['Foreground', 'Background', 'Orphan'];

/** Every group has DeleteOptions in each of its versions. */
function requireDeleteOptions(body: Record<string, unknown>): void {
  const said = typeMetaIn(body);
  const kind = said.kind || 'DeleteOptions';
  const apiVersion = said.apiVersion || 'meta.k8s.io/v1';
  if (kind === 'DeleteOptions' && /(^|\/)v\d+((alpha|beta)\d+)?$/.test(apiVersion)) return;
  const found = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`;
  throw new StatusError('BadRequest', `${found} in scheme "pkg/runtime/scheme.go:111"`);
}

function noOptions(body: unknown): string {
  const go = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  return `cannot unmarshal ${goKind(body)} into Go value of type ${go}`;
}

function cannotDecode(field: string, value: unknown, type: string): StatusError {
  const isNumber = type === 'int64' && (typeof value === 'number' || value instanceof WrittenNumber);
  const found = isNumber ? foundNumber(value) : goKind(value);
  const why = `json: cannot unmarshal ${found} into Go struct field DeleteOptions.${field} of type ${type}`;
  return new StatusError('BadRequest', why);
}

/** `null` is an object without fields, as to Go. */
function parseJson(bytes: Uint8Array, operation?: Operation): unknown {
  const refuse = (why: string, text: string): never => {
    throw unreadable(unparsed(why), text, operation);
  };
  const value = readJson(bytes, refuse, operation).written ?? {};
  requireTypeMeta(value, bytes, operation);
  return value;
}

/** Throws BadRequest if a version or kind can't be one. */
function requireTypeMeta(value: unknown, bytes: Uint8Array, operation: Operation | undefined): void {
  if (!isObject(value)) return;
  const { problem } = typeMetaIn(value);
  if (problem !== undefined) throw unreadable(problem, Buffer.from(bytes).toString(), operation);
}

function unreadable(why: string, text: string, operation: Operation | undefined): StatusError {
  return operation ? unrecognized(bodyKind(operation), why, text) : new StatusError('BadRequest', why);
}

/**
 * The value with plain numbers, and with numbers as they were written: the same object if that says no more. Calls
 * `refuse` with Go's words if the text is no JSON.
 */
function readJson(
  bytes: Uint8Array,
  refuse: (why: string, text: string) => never,
  operation?: Operation,
): { value: unknown; written: unknown } {
  refuseDeepNesting(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(goSyntaxError(text) ?? error.message, text);
  }
  if (operation && operation.write.fieldValidation !== 'Ignore') operation.repeated = repeatedInJson(text, value);
  return { value, written: withWrittenNumbers(text, value) };
}

function bodyKind({ info, entry }: Operation): string {
  return gvkOf(info.subresource, entry.kind)?.kind ?? entry.kind;
}

async function parseYaml(bytes: Uint8Array, operation?: Operation, prefix = ''): Promise<unknown> {
  refuseOpenBrackets(bytes);
  const { LineCounter, parseDocument, visit, isScalar } = await import('yaml');
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(Buffer.from(bytes).toString(), {
      lineCounter,
      uniqueKeys: false,
      customTags: goTags,
    });
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
    const json = Buffer.from(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null, finite));
    refuseDeepNesting(json);
    return JSON.parse(json.toString());
  } catch (error) {
    // Whatever the parser stumbles over (syntax, too many aliases, too deep for its stack) is the text's fault.
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError('BadRequest', `${prefix}error converting YAML to JSON: ${why}`, { cause: error });
  }
}
