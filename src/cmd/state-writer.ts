// The thread of the API server that writes to LMDB what the log of the state has.

import { parentPort, workerData } from 'node:worker_threads';
import { serveCommits } from '../kvstore/lmdb-thread.ts';

if (!parentPort) throw new Error('Cannot write the state: this program runs as a thread of the API server alone');
serveCommits(parentPort, workerData as string);
