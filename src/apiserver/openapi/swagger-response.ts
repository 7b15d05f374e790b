// How is the OpenAPI v2 document offered? Made on first use and after every change of what is served, in JSON and protobuf.

import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { notAcceptable, parseAccept } from '../media-type.ts';
import type { Catalogue, CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { contentResponse } from './served-content.ts';
import { swaggerDocument } from './swagger.ts';
import { encodeSwagger } from './swagger-protobuf.ts';

const jsonType = 'application/json';
/** What clients ask for. It is no valid media type, and the answer has one. */
const askedType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

interface Written {
  bytes: Uint8Array;
  etag: string;
}

interface Documents {
  /** The entries that they were made of: another list after every change. */
  entries: readonly CatalogueEntry[];
  madeAtMs: number;
  /** By media type, as far as somebody has asked for it. */
  written: Map<string, Written>;
}

const documents = new WeakMap<Catalogue, Documents>();

/** Answers `/openapi/v2`. Throws NotAcceptable. */
export function swaggerResponse(
  { catalogue, schemas, clock }: { catalogue: Catalogue; schemas: Schemas; clock: Pick<Clock, 'now'> },
  request: ApiRequest,
): ApiResponse {
  const type = chosenType(request.headers['accept']);
  let known = documents.get(catalogue);
  if (!known || known.entries !== catalogue.entries) {
    known = { entries: catalogue.entries, madeAtMs: clock.now(), written: new Map() };
    documents.set(catalogue, known);
  }
  let written = known.written.get(type);
  if (!written) {
    const document = swaggerDocument(catalogue.entries, schemas);
    const bytes = type === jsonType ? Buffer.from(JSON.stringify(document)) : encodeSwagger(document);
    written = { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` };
    known.written.set(type, written);
  }
  const { bytes, etag } = written;
  const about = { 'content-type': type, vary: 'Accept-Encoding, Accept' };
  return contentResponse(request, { bytes, etag, modifiedAtMs: known.madeAtMs, headers: about });
}

function chosenType(accept: string | undefined): string {
  for (const { type } of parseAccept(accept)) {
    if (type === protobufType || type === askedType) return protobufType;
    if (type === jsonType || type === 'application/*' || type === '*/*') return jsonType;
  }
  throw notAcceptable();
}
