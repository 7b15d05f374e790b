// Where are the metrics of a process whose port is chosen as it starts? It writes it down itself.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.ts';

/** `name` is the component's. */
export async function writeMetricsUrl({ run }: DataFolder, name: string, url: string): Promise<void> {
  const path = pathOf(run, name);
  await writeFile(`${path}.new`, JSON.stringify({ url }));
  await rename(`${path}.new`, path);
}

/** Undefined if it never started. */
export async function readMetricsUrl({ run }: DataFolder, name: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(pathOf(run, name), 'utf8')) as { url: string }).url;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function pathOf(run: string, name: string): string {
  return join(run, `${name}.metrics.json`);
}
