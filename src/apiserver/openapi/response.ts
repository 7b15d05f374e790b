// How is the OpenAPI offered? An index with a hash per document, and the documents, each made once.

import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { notAcceptable, parseAccept } from '../media-type.ts';
import type { Catalogue, CatalogueEntry } from '../registry/catalogue.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Schemas } from '../schema/schemas.ts';
import { type ApiRequest, type ApiResponse, FixedBody } from '../types.ts';
import { openApiDocument } from './document.ts';
import { contentResponse } from './served-content.ts';

/** As Go guesses the type of what nobody has named. */
const indexHeaders = { 'content-type': 'text/plain; charset=utf-8' };

interface Source {
  catalogue: Catalogue;
  schemas: Schemas;
  clock: Pick<Clock, 'now'>;
}

interface Document {
  /** The entries that it was made of. */
  entries: CatalogueEntry[];
  bytes: Uint8Array;
  hash: string;
  madeAtMs: number;
}

const documents = new WeakMap<Catalogue, Map<string, Document>>();

/** Answers `/openapi/v3` and what lies below it; undefined for any other path. */
export function openApiResponse(source: Source, request: ApiRequest, info: RequestInfo): ApiResponse | undefined {
  // A client that insists on protobuf is told so, and falls back to JSON.
  const accepts = parseAccept(request.headers['accept']).some(
    ({ type }) => type === 'application/json' || type.endsWith('*'),
  );
  if (!accepts) throw notAcceptable();
  if (info.path.replace(/\/+$/, '') === '/openapi/v3') {
    const bytes = Buffer.from(JSON.stringify(index(source)));
    // It has a time of its own no more than upstream's: a group that goes leaves no trace in those that stay.
    return contentResponse(request, { bytes, modifiedAtMs: source.clock.now(), headers: indexHeaders });
  }
  const key = info.path.slice('/openapi/v3/'.length);
  // Whoever has the route has no words for what it lacks.
  if (!groupVersions(source.catalogue).has(key)) return { status: 404, headers: {}, body: new FixedBody([]) };
  const { bytes, hash, madeAtMs } = documentOf(source, key);
  // The hash in the URL changes with the content, so that clients may keep the answer for good.
  const caching = info.query.get('hash') === hash ? 'public, immutable' : 'no-cache, private';
  // Beside what upstream says: it is compressed for those who can read that.
  const about = { 'content-type': 'application/json', 'cache-control': caching, vary: 'Accept-Encoding, Accept' };
  return contentResponse(request, { bytes, etag: `"${hash}"`, modifiedAtMs: madeAtMs, headers: about });
}

function index(source: Source): unknown {
  const keys = [...groupVersions(source.catalogue).keys()];
  const paths = keys.map((key) => [
    key,
    { serverRelativeURL: `/openapi/v3/${key}?hash=${documentOf(source, key).hash}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

function documentOf(source: Source, key: string): Document {
  let known = documents.get(source.catalogue);
  if (!known) {
    known = new Map();
    documents.set(source.catalogue, known);
  }
  const entries = groupVersions(source.catalogue).get(key) ?? [];
  let document = known.get(key);
  // Custom resources come and go; the documents of all other groups stay.
  if (
    !document ||
    document.entries.length !== entries.length ||
    document.entries.some((each, i) => each !== entries[i])
  ) {
    const bytes = Buffer.from(JSON.stringify(openApiDocument(entries, source.schemas)));
    const hash = createHash('sha512').update(bytes).digest('hex').toUpperCase();
    document = { entries, bytes, hash, madeAtMs: source.clock.now() };
    known.set(key, document);
  }
  return document;
}

/** Entries by document: `api/v1`, `apis/apps/v1`. */
function groupVersions({ entries }: Catalogue): Map<string, CatalogueEntry[]> {
  const byKey = new Map<string, CatalogueEntry[]>();
  for (const entry of entries) {
    const { group, version } = entry.definition.resource;
    const key = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    byKey.set(key, [...(byKey.get(key) ?? []), entry]);
  }
  return byKey;
}
