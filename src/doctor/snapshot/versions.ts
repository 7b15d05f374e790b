// Which version of Kubernetes is it?

import type { Snapshot } from './snapshot.ts';

/**
 * The minor of 1.x: `36`. Of the API server, or, as a dump does not show that, of the newest kubelet, which is never
 * newer. Undefined if neither is known.
 */
export function minorVersion(snapshot: Snapshot): number | undefined {
  const own = minorOf(snapshot.data.serverVersion);
  if (own !== undefined) return own;
  const minors = snapshot.all('nodes').flatMap(({ status }) => minorOf(status?.nodeInfo?.kubeletVersion) ?? []);
  return minors.length > 0 ? Math.max(...minors) : undefined;
}

function minorOf(version: string | undefined): number | undefined {
  const minor = /^v?1\.(\d+)/.exec(version ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
