// How much do clients send? Sizes of bodies by what they are about, under upstream's name.
// Source: apiserver/pkg/endpoints/handlers/metrics.

import type { Metric } from '../../base/metrics/exposition.ts';
import { HistogramVector } from '../../base/metrics/vectors.ts';

/** In bytes, up to the most that a body may have. */
const bounds = Array.from({ length: 31 }, (_, index) => 50_000 + 100_000 * index);
const verbNames: Record<string, string> = { deletecollection: 'delete_collection' };

/** The bodies that one server has read. */
export class BodyMetrics {
  readonly #sizes = new HistogramVector(bounds, 'group', 'resource', 'verb');

  read({ group, plural }: { group: string; plural: string }, verb: string, sizeBytes: number): void {
    this.#sizes.observe(sizeBytes, group, plural, verbNames[verb] ?? verb);
  }

  metrics(): Metric[] {
    return [this.#sizes.metric('apiserver_request_body_size_bytes', 'Size in bytes of the bodies of requests.')];
  }
}
