// Is a local cluster audited? It is if its data folder has a policy when the API server starts.

import { join } from 'node:path';
import { AuditLogFile } from '../apiserver/audit/log-file.ts';
import { type AuditPolicy, checkedPolicy } from '../apiserver/audit/policy.ts';
import type { AuditOptions } from '../apiserver/audit/trail.ts';
import { exists } from '../base/exists.ts';
import type { DataFolder } from '../localcluster/data-folder.ts';
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
  const path = auditPolicyPath(folder);
  if (!(await exists(path))) return undefined;
  const policy = await followFile({ path, parse: await auditPolicyParser(), clock, log }, signal);
  const sink = new AuditLogFile({ path: join(folder.log, 'audit.log'), clock, log });
  return { options: { policy, sink }, run: (until) => sink.run(until) };
}

export function auditPolicyPath(folder: DataFolder): string {
  return join(folder.root, 'audit-policy.yaml');
}

/** The parser of such files, loaded on first use because most clusters have no policy. It throws an Error that names the file. */
export async function auditPolicyParser(): Promise<(text: string, path: string) => AuditPolicy> {
  const { parse } = await import('yaml');
  return (text, path) => {
    let value: unknown;
    try {
      value = parse(text);
    } catch (cause) {
      const [why = ''] = (cause as Error).message.split('\n');
      throw new Error(`Cannot use the audit policy in ${path}: it is no YAML: ${why.replace(/:$/, '')}`, { cause });
    }
    return checkedPolicy(value, path);
  };
}
