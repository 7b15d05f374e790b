// How does a dump of a given size come about? A list as kubectl writes it: a healthy cluster, and what else lies around.

import { closeSync, openSync, writeSync } from 'node:fs';
import { healthyCluster } from './healthy-cluster.ts';
import type { ClusterSize } from './world.ts';

const chunkChars = 4 * 2 ** 20;

export interface DumpSize {
  cluster: ClusterSize;
  /** ConfigMaps fill it up to this. */
  bytes: number;
}

/** Writes one List to `path`. Resolves with what it holds. */
export function writeDump(
  path: string,
  { cluster, bytes }: DumpSize,
  nowMs: number,
): { bytes: number; objects: number } {
  const file = openSync(path, 'w');
  let pending = '{\n    "apiVersion": "v1",\n    "items": [\n';
  let written = 0;
  let objects = 0;
  const write = (object: object): void => {
    const text = JSON.stringify(object, undefined, 4).replaceAll('\n', '\n        ');
    pending += `${objects++ > 0 ? ',\n' : ''}        ${text}`;
    if (pending.length < chunkChars) return;
    written += writeSync(file, pending);
    pending = '';
  };
  for (const { object } of healthyCluster(cluster, { nowMs })) {
    // kubectl leaves the managed fields out unless it is told otherwise.
    const { managedFields: _managed, ...metadata } = object.metadata;
    write({ ...object, metadata });
  }
  const data = { 'app.conf': 'setting = value\n'.repeat(2_000) };
  while (written + pending.length < bytes)
    write({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `config-${objects}`, namespace: 'team-0' }, data });
  pending += '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n';
  written += writeSync(file, pending);
  closeSync(file);
  return { bytes: written, objects };
}
