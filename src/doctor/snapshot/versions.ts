// Which version of Kubernetes is it?

import type { Snapshot } from './snapshot.ts';

/** The minor of 1.x: `36`; undefined if the version is not known or not 1.x. */
export function minorVersion(snapshot: Snapshot): number | undefined {
  const minor = /^v?1\.(\d+)/.exec(snapshot.data.serverVersion ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}
