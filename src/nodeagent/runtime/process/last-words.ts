// What did a container say last? The end of its log, as the kubelet shows it for one that has failed.

import { open } from 'node:fs/promises';

// Kubelet: MaxContainerTerminationMessageLogLength and -LogLines.
const bytesMax = 2048;
const linesMax = 80;

/** The last lines of the log at `path`, without their stamps. Never rejects: why it can't be read is then what it says. */
export async function lastWords(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      // Each line has a stamp before it, which does not count.
      const length = Math.min(size, 4 * bytesMax);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return lastLines(buffer.toString('utf8'), length < size);
    } finally {
      await file.close();
    }
  } catch (error) {
    return `cannot read the container's log: ${(error as Error).message}`;
  }
}

/** Pure; `isCut`: the first line may have lost its beginning. */
export function lastLines(log: string, isCut: boolean): string {
  const lines = log.split('\n').filter((line) => line !== '');
  const texts = lines.slice(isCut ? 1 : 0).map((line) => {
    const [, , tag, ...words] = line.split(' ');
    return `${words.join(' ')}${tag === 'P' ? '' : '\n'}`;
  });
  const all = Buffer.from(texts.slice(-linesMax).join(''));
  return all.subarray(Math.max(0, all.length - bytesMax)).toString('utf8');
}
