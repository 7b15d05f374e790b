// Loaded before the server's own code: tells the benchmark how long the server's event loop was held up.

import { monitorEventLoopDelay } from 'node:perf_hooks';

const histogram = monitorEventLoopDelay({ resolution: 1 });

process.on('message', (message) => {
  if (message === 'start') {
    histogram.reset();
    histogram.enable();
  }
  if (message === 'stop') {
    histogram.disable();
    process.send?.({ p99Ms: histogram.percentile(99) / 1e6, maxMs: histogram.max / 1e6 });
  }
});
// The benchmark's end of the channel must not keep the server alive.
process.channel?.unref();
