// How are a backup's side files written? Gzipped JSON and text, in Velero's shapes.

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { epochMsOf } from '../base/clock.ts';

const zip = promisify(gzip);

/** Messages of a backup or restore by where they belong; Velero's `results` file holds two of these. */
export interface Messages {
  velero?: string[];
  cluster?: string[];
  namespaces?: Record<string, string[]>;
}

/** One thing that went wrong: about a namespace, or about the backup as a whole. */
export interface Problem {
  namespace?: string;
  message: string;
}

/** Groups problems as the results file does. */
export function messagesOf(problems: Problem[]): Messages {
  const velero = problems.filter((problem) => problem.namespace === undefined).map((problem) => problem.message);
  const namespaces: Record<string, string[]> = {};
  for (const { namespace, message } of problems) {
    if (namespace !== undefined) (namespaces[namespace] ??= []).push(message);
  }
  return { ...(velero.length > 0 && { velero }), ...(Object.keys(namespaces).length > 0 && { namespaces }) };
}

/** One volume of a backup, as `<backup>-volumeinfo.json.gz` lists it. Velero writes `Phase` and `ReadyToUse` so. */
export interface VolumeInfo {
  pvcName: string;
  pvcNamespace: string;
  pvName: string;
  backupMethod?: 'CSISnapshot';
  snapshotDataMoved: boolean;
  preserveLocalSnapshot: boolean;
  skipped: boolean;
  skippedReason?: string;
  startTimestamp?: string;
  completionTimestamp?: string;
  result?: 'succeeded' | 'failed';
  snapshotDataMovementInfo?: {
    dataMover: string;
    uploaderType: 'restic';
    snapshotHandle: string;
    operationID: string;
    size: number;
    Phase: string;
  };
}

/** One volume of a restore, as `<restore>-volumeinfo.json.gz` lists it. */
export interface RestoreVolumeInfo {
  pvcName: string;
  pvcNamespace: string;
  restoreMethod: 'CSISnapshot';
  snapshotDataMoved: true;
  snapshotDataMovementInfo: NonNullable<VolumeInfo['snapshotDataMovementInfo']>;
}

/** Gzipped JSON. */
export async function gzipJson(value: unknown): Promise<Uint8Array> {
  return zip(Buffer.from(JSON.stringify(value)));
}

/** Gzipped text. */
export async function gzipText(text: string): Promise<Uint8Array> {
  return zip(Buffer.from(text));
}

export interface LogEntry {
  /** RFC 3339: when it happened. */
  time: string;
  level: 'info' | 'warning' | 'error';
  message: string;
}

/** A log in the order of its times, as Velero's command line shows one: `time="…" level=info msg="…"`. */
export function logText(entries: LogEntry[]): string {
  return entries
    .toSorted((a, b) => epochMsOf(a.time) - epochMsOf(b.time))
    .map(({ time, level, message }) => `time="${time}" level=${level} msg=${JSON.stringify(message)}\n`)
    .join('');
}
