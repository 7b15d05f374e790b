// How does a namespace get a copy of its data? Once, and from then on each night.

import type { Action } from '../finding.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { harmless } from './actions.ts';
import { backUpDaily, backUpNamespace, listBackups, serverNamespace } from './backup-commands.ts';

/** A schedule is made only where none selects the namespace. */
export function copyNamespace(
  snapshot: Snapshot,
  { namespace, hasSchedule }: { namespace: string; hasSchedule: boolean },
): Action[] {
  const once = harmless({
    title: 'Make a copy now',
    why: 'It adds a backup; the volumes are only read.',
    commands: [backUpNamespace(snapshot, namespace), listBackups(serverNamespace(snapshot))],
  });
  const daily = harmless({
    title: 'Make one every day',
    why: 'It adds a schedule.',
    commands: [backUpDaily(snapshot, namespace)],
  });
  return hasSchedule ? [once] : [once, daily];
}
