// Is a local cluster audited? It is if its data folder has a policy when the API server starts.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditLogFile } from '../apiserver/audit/log-file.ts';
import { checkedPolicy } from '../apiserver/audit/policy.ts';
import type { AuditOptions } from '../apiserver/audit/trail.ts';
import { followFile } from '../localcluster/followed-file.ts';
import type { ProcessContext } from './process.ts';

export interface LocalAudit {
  options: AuditOptions;
  /** Writes the log until `signal` aborts. */
  run: (signal: AbortSignal) => Promise<void>;
}

/** Rejects with a sentence for the user if there is a policy and it is no good. */
export async function localAudit(
  { folder, clock, log }: ProcessContext,
  signal: AbortSignal,
): Promise<LocalAudit | undefined> {
  const path = join(folder.root, 'audit-policy.yaml');
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  // Loaded here because most clusters have no policy.
  const { parse } = await import('yaml');
  const read = (text: string) => checkedPolicy(parse(text), path);
  const policy = await followFile({ path, parse: read, clock, log }, signal);
  const sink = new AuditLogFile({ path: join(folder.log, 'audit.log'), clock, log });
  return { options: { policy, sink }, run: (until) => sink.run(until) };
}
