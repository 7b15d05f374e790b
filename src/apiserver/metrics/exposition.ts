// What does the API server answer to a scrape?

import { type Metric, metricsContentType, metricsText } from '../../base/metrics/exposition.ts';
import { processMetrics } from '../../base/metrics/process-metrics.ts';
import type { ProcessFacts } from '../../base/process-facts.ts';
import { bytesResponse } from '../respond.ts';
import type { ApiResponse } from '../types.ts';

/** `facts` of the process say since when the counters count. */
export function metricsResponse(metrics: readonly Metric[], facts?: Pick<ProcessFacts, 'startedSeconds'>): ApiResponse {
  return bytesResponse(200, [Buffer.from(metricsText(metrics))], {
    'content-type': metricsContentType,
    ...(facts && { 'process-start-time-unix': String(Math.floor(facts.startedSeconds)) }),
  });
}

/** Since when a process counts, as far as that is known. */
export function startMetrics(facts: ProcessFacts | undefined): Metric[] {
  return facts ? processMetrics(facts).filter(({ name }) => name === 'process_start_time_seconds') : [];
}
