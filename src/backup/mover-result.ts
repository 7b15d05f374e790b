// How did a mover end? Read from its container's termination message, its result file or its exit code.

import { exitCodes, type FailureKind } from './restic-script.ts';

/** Failures that another try cannot mend. */
const finalKinds: ReadonlySet<FailureKind> = new Set([
  'ReadOnly',
  'Full',
  'NoRestic',
  'OldRestic',
  'Damaged',
  'Incomplete',
]);

/** What is said where the mover could not say it: by then its folder takes no more writes. */
const shortMessages: Partial<Record<FailureKind, string>> = {
  Unavailable: 'Cannot use the repository folder: there is no such folder or repository',
  ReadOnly: 'Cannot write to the repository folder: it is read-only',
  Full: 'Cannot write to the repository folder: the disk is full',
  NoRestic: 'restic is not installed on the node',
};

export interface MoverSuccess {
  succeeded: true;
  /** Of an upload; undefined after a download. */
  snapshotId: string | undefined;
  bytes: number;
  bytesAdded: number;
  resticVersion: string;
  /** Mode, owner, group and modification time of the volume's own folder. */
  root: string | undefined;
}

export type MoverResult = MoverSuccess | { succeeded: false; message: string; canRetry: boolean };

interface Summary {
  total_bytes_processed?: number;
  data_added?: number;
}

/** Reads what a container said that ended with `exitCode`. Success without a word is a failure that may pass. */
export function parseMoverResult(exitCode: number, said: string): MoverResult {
  const lines = said.split('\n');
  const value = (key: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${key} `))
      ?.slice(key.length + 1)
      .trim();
  const resticVersion = value('version');
  if (exitCode === 0 && resticVersion !== undefined) {
    const summary = summaryIn(lines);
    return {
      succeeded: true,
      snapshotId: value('snapshot'),
      bytes: summary.total_bytes_processed ?? Number(value('bytes') ?? 0),
      bytesAdded: summary.data_added ?? 0,
      resticVersion,
      root: value('root'),
    };
  }
  const kind = kindOf(exitCode);
  const kindLine = lines.findLastIndex((line) => line.startsWith('error '));
  const text =
    kindLine >= 0
      ? lines
          .slice(kindLine + 1)
          .join(' ')
          .trim()
      : said.trim();
  return {
    succeeded: false,
    message: text || silence(exitCode, kind),
    canRetry: kind === undefined || !finalKinds.has(kind),
  };
}

function silence(exitCode: number, kind: FailureKind | undefined): string {
  if (exitCode === 0) return 'The mover left no result in the location: do all nodes see the same folder there?';
  return (kind && shortMessages[kind]) ?? `The mover ended with exit code ${exitCode} and said nothing`;
}

function kindOf(exitCode: number): FailureKind | undefined {
  return (Object.keys(exitCodes) as FailureKind[]).find((kind) => exitCodes[kind] === exitCode);
}

function summaryIn(lines: string[]): Summary {
  const line = lines.find((each) => each.startsWith('{'));
  if (line === undefined) return {};
  try {
    return JSON.parse(line) as Summary;
  } catch (error) {
    // The message is cut off at 4096 bytes; the figures are for show.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
