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
        help: 'Total user and system CPU time spent in seconds.',
        type: 'counter',
      },
      facts.cpuSeconds,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', facts.residentBytes),
    gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', facts.virtualBytes),
    gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', facts.startedSeconds),
    gauge('process_open_fds', 'Number of open file descriptors.', facts.openFiles),
    gauge('process_max_fds', 'Maximum number of open file descriptors.', facts.openFilesMax),
    gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', facts.heapUsedBytes),
  ];
}
