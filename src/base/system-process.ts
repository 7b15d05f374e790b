// What does this process use of the machine? From Node and from /proc.

import { readdir, readFile } from 'node:fs/promises';
import type { ProcessFacts } from './process-facts.ts';

const pageBytes = 4096;

/** What the kernel says about this process now. */
export async function processFacts(): Promise<ProcessFacts> {
  const [files, limits, sizes] = await Promise.all([
    readdir('/proc/self/fd'),
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/self/statm', 'utf8'),
  ]);
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    virtualBytes: Number(sizes.split(' ')[0]) * pageBytes,
    startedSeconds: Date.now() / 1000 - process.uptime(),
    openFiles: files.length,
    openFilesMax: Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN),
    heapUsedBytes: process.memoryUsage().heapUsed,
  };
}
