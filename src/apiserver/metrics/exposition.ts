// What does the API server answer to a scrape?

import { type Metric, metricsContentType, metricsText } from '../../base/metrics/exposition.ts';
import { textResponse } from '../respond.ts';
import type { ApiResponse } from '../types.ts';

export function metricsResponse(metrics: readonly Metric[]): ApiResponse {
  const answer = textResponse(200, metricsText(metrics));
  return { ...answer, headers: { ...answer.headers, 'content-type': metricsContentType } };
}
