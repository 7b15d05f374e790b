// What does a request's body say? JSON, YAML or Kubernetes protobuf, as its content type tells.

import type { DeleteOptions } from '../apimachinery/meta.ts';
import { StatusError } from '../apimachinery/status-error.ts';
import type { ApiRequest } from './types.ts';

const jsonTypes = new Set(['', 'application/json', '*/*']);
const protobufType = 'application/vnd.kubernetes.protobuf';

/** Content type without parameters, in lower case; empty if the request names none. */
export function contentTypeOf({ headers }: Pick<ApiRequest, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The decoded body. Throws BadRequest if it can't be read, UnsupportedMediaType if its type is unknown. */
export async function decodeBody(request: ApiRequest): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  const type = contentTypeOf(request);
  if (type === protobufType) {
    // Loaded on first use: the message descriptors are large, and most clients send JSON.
    const { decodeProtobuf } = await import('../apimachinery/protobuf.ts');
    return decodeProtobuf(bytes);
  }
  if (jsonTypes.has(type)) return parseJson(bytes);
  if (type === 'application/yaml') return parseYaml(bytes);
  throw new StatusError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** Body of a patch: JSON, or YAML for server-side apply. */
export async function decodePatch(request: ApiRequest): Promise<unknown> {
  const bytes = request.body ?? new Uint8Array();
  return contentTypeOf(request).endsWith('+yaml') ? parseYaml(bytes) : parseJson(bytes);
}

/** Options of a DELETE, from its body or its query. Throws BadRequest or Invalid. */
export async function deleteOptionsOf(request: ApiRequest, query: URLSearchParams): Promise<DeleteOptions> {
  const hasBody = (request.body?.byteLength ?? 0) > 0;
  const options: DeleteOptions = { ...(hasBody ? ((await decodeBody(request)) as DeleteOptions) : undefined) };
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  if (grace !== null && options.gracePeriodSeconds === undefined) options.gracePeriodSeconds = Number(grace);
  if (policy !== null) options.propagationPolicy ??= policy as NonNullable<DeleteOptions['propagationPolicy']>;
  if (options.propagationPolicy && !['Orphan', 'Background', 'Foreground'].includes(options.propagationPolicy)) {
    const found = JSON.stringify(options.propagationPolicy);
    throw new StatusError(
      'Invalid',
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${found}: supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  return options;
}

function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StatusError(
      'BadRequest',
      `the object provided is unrecognized (must be of type JSON): ${error.message}`,
      { cause: error },
    );
  }
}

async function parseYaml(bytes: Uint8Array): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml');
  try {
    return parse(Buffer.from(bytes).toString());
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new StatusError('BadRequest', `error converting YAML to JSON: ${error.message}`, { cause: error });
  }
}
