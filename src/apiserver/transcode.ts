// How do clients get answers that do not read JSON? The JSON answer, written again in YAML or protobuf.

import { contentTypeFor, type Encoding } from './media-type.ts';
import { type ApiResponse, FixedBody } from './types.ts';

/** `response` in `encoding`; unchanged if it is not JSON or its kind can't be written so. */
export async function transcode(response: ApiResponse, encoding: Encoding): Promise<ApiResponse> {
  const { headers, body } = response;
  if (encoding === 'json' || headers['content-type'] !== contentTypeFor('json')) return response;
  if (body instanceof FixedBody) return transcodeWhole(response, body, encoding);
  if (encoding === 'yaml') return response;
  const type = `${contentTypeFor(encoding)};stream=watch`;
  return { ...response, headers: { ...headers, 'content-type': type }, body: protobufFrames(body) };
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
  const { stringify } = await import('yaml');
  // Readers of YAML 1.1, as Go's are, take a bare `yes` for a boolean.
  return Buffer.from(
    stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false }),
  );
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
