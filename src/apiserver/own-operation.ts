// How does the server use its own API? As a request that it makes to itself.

import { operationOf } from './operation.ts';
import { noDelays, type Operation, type RegistryParts } from './registry/context.ts';
import { writeOptionsOf } from './registry/write-options.ts';
import { requestInfoOf } from './request-info.ts';
import type { UserInfo } from './types.ts';

const self: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] };

/** A request that the server makes to itself; undefined if it does not serve the resource. */
export function ownOperation(
  parts: RegistryParts,
  target: { method: string; path: string },
  signal: AbortSignal,
): Operation | undefined {
  const info = requestInfoOf(target);
  const entry = parts.catalogue.find({ group: info.group, version: info.version, plural: info.resource });
  if (!entry) return undefined;
  const write = writeOptionsOf(info, { contentType: '', userAgent: 'kube-apiserver' });
  return operationOf(
    parts,
    { info, entry, user: self, warnings: [], write, audit: undefined, delays: noDelays() },
    { signal },
  );
}
