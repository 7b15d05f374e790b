// The program that tests start as a node's supervisor: the configuration comes as JSON in the first argument.

import { readFileSync } from 'node:fs';
import { systemClock } from '../../base/system-clock.ts';
import { systemLogger } from '../../base/system-log.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { SupervisorConfig } from '../config.ts';
import { runSupervisor } from '../supervisor/run.ts';

const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SupervisorConfig;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runSupervisor(
  config,
  { clock: systemClock, random: systemRandom, log: systemLogger({ component: 'supervisor' }) },
  stop.signal,
);
