// How does a test read a file of a backup? As a client that downloads it.

import { gunzipSync } from 'node:zlib';
import { type ObjectStore, readAll } from '../object-store.ts';

/** The text of a gzipped file. */
export async function readText(store: ObjectStore, key: string, signal: AbortSignal): Promise<string> {
  return gunzipSync(await readAll(await store.get(key, signal))).toString('utf8');
}

/** The JSON of a gzipped file. */
export async function readJson(store: ObjectStore, key: string, signal: AbortSignal): Promise<unknown> {
  return JSON.parse(await readText(store, key, signal)) as unknown;
}
