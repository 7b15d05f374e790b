// What becomes of the answer to a proxied request? Its links and redirections lead through the proxy as well.

import { promisify } from 'node:util';
import { deflateRaw, gunzip, gzip, inflateRaw } from 'node:zlib';
import { FixedBody } from '../types.ts';
import { type ProxiedPage, rewriteHtml, rewriteUrl } from './proxied-links.ts';
import type { ForwardedAnswer } from './types.ts';

/** A larger page is passed on as it is: it has to be in memory as a whole. */
const pageBytesMax = 2 * 1024 * 1024;

interface Coding {
  decode: (bytes: Uint8Array) => Promise<Uint8Array>;
  encode: (bytes: Uint8Array) => Promise<Uint8Array>;
}

const limits = { maxOutputLength: 4 * pageBytesMax };
const [unzip, zip, inflate, deflate] = [
  promisify(gunzip),
  promisify(gzip),
  promisify(inflateRaw),
  promisify(deflateRaw),
];
const codings: Readonly<Record<string, Coding>> = {
  '': { decode: (bytes) => Promise.resolve(bytes), encode: (bytes) => Promise.resolve(bytes) },
  gzip: { decode: (bytes) => unzip(bytes, limits), encode: (bytes) => zip(bytes) },
  deflate: { decode: (bytes) => inflate(bytes, limits), encode: (bytes) => deflate(bytes) },
};

/** What pages of other origins may do is not for whoever is proxied to say. */
const corsHeaders = new Set(
  ['credentials', 'headers', 'methods', 'origin'].map((name) => `access-control-allow-${name}`),
);

/** The answer with its links rewritten: those of an HTML page, or that of a redirection. Rejects if the page can't be read. */
export async function throughProxy(
  { status, headers: given, body }: ForwardedAnswer,
  page: ProxiedPage & { isHead: boolean },
): Promise<ForwardedAnswer> {
  const headers = Object.fromEntries(Object.entries(given).filter(([name]) => !corsHeaders.has(name)));
  const { location, 'content-type': type = '', 'content-encoding': encoding = '' } = headers;
  if (location) return { status, headers: { ...headers, location: rewriteUrl(location, page) }, body };
  const coding = codings[encoding];
  const isPage = type.split(';')[0]?.trim() === 'text/html';
  if (!isPage || !coding || page.isHead) return { status, headers, body };
  const { bytes, rest } = await gathered(body);
  if (rest) return { status, headers, body: rest };
  if (bytes.byteLength === 0) return { status, headers, body: new FixedBody([]) };
  // Byte for byte: nobody here needs to know what the characters are.
  const html = Buffer.from(await coding.decode(bytes)).toString('latin1');
  const written = await coding.encode(Buffer.from(rewriteHtml(html, page), 'latin1'));
  return { status, headers, body: new FixedBody([written]) };
}

/** All of `body`, or, if that is too much, what it was again. */
async function gathered(
  body: AsyncIterable<Uint8Array>,
): Promise<{ bytes: Uint8Array; rest?: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const iterator = body[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    chunks.push(next.value);
    size += next.value.byteLength;
    if (size > pageBytesMax) return { bytes: new Uint8Array(), rest: again(chunks, iterator) };
  }
  return { bytes: Buffer.concat(chunks) };
}

async function* again(chunks: Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
