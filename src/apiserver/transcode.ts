// How do clients get answers that do not read JSON on one line? The JSON answer, written again in YAML, in protobuf, or indented.

import { contentTypeFor, type Encoding, encodingOf } from './media-type.ts';
import { type ApiRequest, type ApiResponse, FixedBody } from './types.ts';

/** How the answer is to be written. */
export type Writing = Encoding | 'indented';

const asksForIndents = /;\s*pretty=1\b/;
/** Programs that show answers to people. Source: apiserver's isPrettyPrint. */
const readByPeople = /^(?:curl|Wget|Mozilla\/5\.0)/;
const isTrue = /^(?:1|t|T|true|TRUE|True)$/;
/** To indent more would hold up everybody else. */
const indentedBytesMax = 4 * 2 ** 20;

export function writingFor({ headers }: Pick<ApiRequest, 'headers'>, query: URLSearchParams): Writing {
  const { accept, 'user-agent': agent = '' } = headers;
  const encoding = encodingOf(accept);
  if (encoding !== 'json') return encoding;
  const asked = query.get('pretty');
  const isIndented = asked ? isTrue.test(asked) : readByPeople.test(agent) || asksForIndents.test(accept ?? '');
  return isIndented ? 'indented' : encoding;
}

/** `response` as `writing` says; unchanged if it is not JSON or its kind can't be written so. */
export async function transcode(response: ApiResponse, writing: Writing): Promise<ApiResponse> {
  const { headers, body } = response;
  if (writing === 'json') return response;
  if (writing === 'indented') return body instanceof FixedBody ? indented(response, body) : response;
  const encoding = writing;
  if (headers['content-type'] !== contentTypeFor('json')) return response;
  if (body instanceof FixedBody) return transcodeWhole(response, body, encoding);
  if (encoding === 'yaml') return response;
  const type = `${contentTypeFor(encoding)};stream=watch`;
  return { ...response, headers: { ...headers, 'content-type': type }, body: protobufFrames(body) };
}

/** Objects, lists and discovery end with a new line; documents have none, and stay as they are. */
function indented(response: ApiResponse, body: FixedBody): ApiResponse {
  const isJson = response.headers['content-type']?.startsWith('application/json');
  if (!isJson || body.byteLength > indentedBytesMax) return response;
  const text = Buffer.concat(body.chunks).toString();
  if (!text.endsWith('\n')) return response;
  return { ...response, body: new FixedBody([Buffer.from(JSON.stringify(JSON.parse(text), undefined, 2))]) };
}

async function transcodeWhole(response: ApiResponse, body: FixedBody, encoding: Encoding): Promise<ApiResponse> {
  const text = Buffer.concat(body.chunks).toString();
  if (text === '') return response;
  const value = JSON.parse(text) as Record<string, unknown>;
  const bytes = await (encoding === 'yaml' ? toYaml(value) : toProtobuf(value));
  if (!bytes) return response;
  const headers = { ...response.headers, 'content-type': contentTypeFor(encoding) };
  return { ...response, headers, body: new FixedBody([bytes]) };
}

// Both writers are loaded on first use: most clients read JSON.

async function toYaml(value: unknown): Promise<Uint8Array> {
  const { goYaml } = await import('./forms/go-yaml.ts');
  return Buffer.from(goYaml(value));
}

async function toProtobuf(value: Record<string, unknown>): Promise<Uint8Array | undefined> {
  const { encodeProtobuf } = await import('../apimachinery/protobuf/encode.ts');
  return encodeProtobuf(value);
}

/** The events of a watch in frames of protobuf. The lines of JSON come whole, never in pieces. */
async function* protobufFrames(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { encodeProtobuf, encodeWatchEvent } = await import('../apimachinery/protobuf/encode.ts');
  for await (const chunk of lines) {
    for (const line of Buffer.from(chunk).toString().split('\n')) {
      if (line === '') continue;
      const { type, object } = JSON.parse(line) as { type: string; object: Record<string, unknown> };
      const bytes = encodeProtobuf(object);
      if (bytes) yield encodeWatchEvent(type, bytes);
    }
  }
}
