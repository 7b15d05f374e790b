// What does the doctor look at? Joins its reading with kubeconfigs, connections and files.

import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock as clock } from '../base/system-clock.ts';
import type { Actions } from '../cli/actions.ts';
import { loadClusterAccess } from '../client/cluster-access.ts';
import { http1Transport } from '../client/http1-transport.ts';
import { readCluster } from '../doctor/read/cluster/read-cluster.ts';
import { readDump } from '../doctor/read/dump/read-dump.ts';
import { serveText } from './serve-text.ts';

const attemptsMax = 4;

export const doctorActions: Pick<Actions, 'openCluster' | 'readDump' | 'serveText'> = {
  async openCluster({ kubeconfig, context, requestTimeoutMs }, signal) {
    const access = await loadClusterAccess({ paths: kubeconfigPaths(kubeconfig), context }, clock, signal);
    const transport = http1Transport(access);
    const server = { transport, clock, requestTimeoutMs, attemptsMax };
    const source = `context ${access.context}`;
    return {
      namespace: access.namespace,
      read: (query, reading) => readCluster(server, { ...query, source }, reading),
      close: () => transport.close(),
    };
  },
  readDump: ({ paths, atMs }, signal) => readDump({ paths, atMs, stdin: () => process.stdin }, clock, signal),
  serveText,
};

/** As kubectl looks for it. */
function kubeconfigPaths(chosen: string | undefined): string[] {
  if (chosen) return [chosen];
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(homedir(), '.kube/config')];
}
