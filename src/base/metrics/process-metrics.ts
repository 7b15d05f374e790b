// What does a process tell of itself? Under the names that client libraries of Prometheus use.

import type { ProcessFacts } from '../process-facts.ts';
import { type Metric, single } from './exposition.ts';

/** Metrics of the process. */
export function processMetrics(facts: ProcessFacts): Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => single({ name, help, type: 'gauge' }, value);
  return [
    single(
      {
        name: 'process_cpu_seconds_total',
        help: 'Seconds that the process ran on a CPU, in the kernel too.',
        type: 'counter',
      },
      facts.cpuSeconds,
    ),
    gauge('process_resident_memory_bytes', 'Bytes of memory that the process holds.', facts.residentBytes),
    gauge('process_virtual_memory_bytes', 'Bytes of addresses that the process has mapped.', facts.virtualBytes),
    gauge('process_start_time_seconds', 'When the process began, in seconds of Unix time.', facts.startedSeconds),
    gauge('process_open_fds', 'How many files the process has open.', facts.openFiles),
    gauge('process_max_fds', 'How many files the process may have open.', facts.openFilesMax),
    gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', facts.heapUsedBytes),
  ];
}
