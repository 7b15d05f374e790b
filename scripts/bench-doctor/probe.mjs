// Tells the benchmark on file descriptor 3 what the process has needed at most.

import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ maxRssMib: maxRSS / 1024, cpuS: (userCPUTime + systemCPUTime) / 1e6 }));
});
