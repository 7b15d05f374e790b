// How did a mover end? Read from its container's termination message.

/** Kinds of failure that another try cannot mend. */
const finalKinds = new Set(['ReadOnly', 'Full', 'NoRestic', 'OldRestic', 'Damaged', 'Incomplete']);

export type MoverResult =
  | { succeeded: true; snapshotId: string | undefined; bytes: number; bytesAdded: number; resticVersion: string }
  | { succeeded: false; message: string; canRetry: boolean };

interface Summary {
  total_bytes_processed?: number;
  data_added?: number;
}

/** Reads the message of a container that ended with `exitCode`. A missing message is a failure that may pass. */
export function parseMoverResult(exitCode: number, message: string): MoverResult {
  const lines = message.split('\n');
  const value = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1).trim();
  const resticVersion = value('version');
  if (exitCode === 0 && resticVersion !== undefined) {
    const summary = summaryIn(lines);
    return {
      succeeded: true,
      snapshotId: value('snapshot'),
      bytes: summary.total_bytes_processed ?? Number(value('bytes') ?? 0),
      bytesAdded: summary.data_added ?? 0,
      resticVersion,
    };
  }
  const kindLine = lines.findLastIndex((line) => line.startsWith('error '));
  const kind = lines[kindLine]?.slice('error '.length).trim() ?? '';
  const text = kindLine >= 0 ? lines.slice(kindLine + 1).join(' ').trim() : message.trim();
  return {
    succeeded: false,
    message: text || `The mover ended with exit code ${exitCode} and said nothing`,
    canRetry: !finalKinds.has(kind),
  };
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
