// What does a dump show of its cluster? Whatever people attach to tickets, as a snapshot of its moment.

import type { Clock } from '../../../base/clock.ts';
import { rfc3339 } from '../../../base/clock.ts';
import { Snapshot, type SnapshotData } from '../../snapshot/snapshot.ts';
import { CannotLookError, type Reading } from '../reading.ts';
import { Collector } from './collector.ts';
import { eachEntry } from './entries.ts';
import { entryObjects } from './entry-objects.ts';

export interface DumpSource {
  /** Files, folders, or `-`. */
  paths: readonly string[];
  /** The moment, in ms since the epoch, if the caller knows it. */
  atMs?: number | undefined;
  stdin: () => AsyncIterable<Uint8Array>;
}

const troublesShownMax = 20;

/** Reads all of it. Rejects with CannotLookError if there is nothing in it that a rule reads. */
export async function readDump(source: DumpSource, clock: Clock, signal: AbortSignal): Promise<Reading> {
  const nowMs = clock.now();
  const collector = new Collector(nowMs);
  const named = new Set(source.paths);
  let changedMs = 0;
  await eachEntry(
    source.paths,
    {
      stdin: source.stdin,
      sink: {
        trouble({ path, why, isCutOff = false }) {
          collector.troubles.push(`${path}: ${why}`);
          collector.isCutOff ||= isCutOff;
        },
        async entry(entry) {
          const { sink, ended } = collector.file(entry.path);
          const { form, brokenBy } = await entryObjects(entry, sink);
          const isExpected = named.has(entry.path) || /\.(?:json|ya?ml)$/.test(entry.path);
          ended({ brokenBy, isExpected });
          if (form === 'json' || form === 'yaml') changedMs = Math.max(changedMs, entry.changedMs ?? 0);
          else if (isExpected)
            collector.troubles.push(`${entry.path}: it is ${form === 'binary' ? 'binary' : 'neither JSON nor YAML'}`);
        },
      },
    },
    signal,
  );
  const coverage = collector.coverage();
  const objects = collector.objects();
  if (Object.values(objects).every((each) => each.length === 0)) throw nothingFound(source, collector);
  const { takenAtMs, note } = momentOf(source, { collector, changedMs, nowMs });
  const data: SnapshotData = { takenAtMs, objects: objects as SnapshotData['objects'], coverage };
  return {
    snapshot: new Snapshot(data),
    source: `the dump ${source.paths.join(', ')}`,
    notes: [note, ...troubleNotes(collector.troubles)],
  };
}

function momentOf(
  { atMs }: DumpSource,
  { collector, changedMs, nowMs }: { collector: Collector; changedMs: number; nowMs: number },
): { takenAtMs: number; note: string } {
  if (atMs !== undefined) return { takenAtMs: atMs, note: 'The moment of the dump is the one given with --at.' };
  if (collector.newestMs > 0)
    return {
      takenAtMs: collector.newestMs,
      note: `The dump is taken to be of ${rfc3339(collector.newestMs)}, the newest time that its objects show; --at sets another.`,
    };
  const takenAtMs = changedMs || nowMs;
  return {
    takenAtMs,
    note: `No object shows a time; the dump is taken to be of ${rfc3339(takenAtMs)}, when its file was written. --at sets another.`,
  };
}

function troubleNotes(troubles: readonly string[]): string[] {
  const shown = troubles.slice(0, troublesShownMax);
  const more = troubles.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more files could not be read whole.`] : [])];
}

function nothingFound({ paths }: DumpSource, { troubles, strangers }: Collector): CannotLookError {
  const found = [...strangers].slice(0, 5).map(([kind, count]) => `${count} ${kind}`);
  const why = [...troubles.slice(0, 3), ...(found.length > 0 ? [`found only ${found.join(', ')}`] : [])];
  return new CannotLookError(
    `Cannot look at the dump ${paths.join(', ')}: it holds no object that a rule reads${why.length > 0 ? ` (${why.join('; ')})` : ''}. Useful is: kubectl get pods,pvc,pv,nodes,events,storageclasses,csinodes,csidrivers,volumeattachments,statefulsets,namespaces -A -o json`,
  );
}
