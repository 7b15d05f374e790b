// What do watches send? Events and their sizes by resource, under upstream's names. Source: apiserver/pkg/endpoints/metrics.

import type { Metric } from '../../base/metrics/exposition.ts';
import { CounterVector, HistogramVector } from '../../base/metrics/vectors.ts';
import type { Frames } from '../cache/watcher.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';

/** Eight steps of a factor of two from a kilobyte on. */
const sizeBounds = Array.from({ length: 8 }, (_, index) => 1024 * 2 ** index);

/** The watches of one server. */
export class WatchMetrics {
  readonly #sizes = new HistogramVector(sizeBounds, 'group', 'resource', 'version');
  readonly #terminated = new CounterVector('group', 'resource');

  /** `frames`, counted as they are made for one watch. */
  counted(frames: Frames, { definition }: CatalogueEntry): Frames {
    const { group, plural, version } = definition.resource;
    const sizes = this.#sizes.of(group, plural, version);
    const counting = (frame: Uint8Array): Uint8Array => {
      sizes.observe(frame.byteLength);
      return frame;
    };
    return {
      object: (type, object) => counting(frames.object(type, object)),
      bookmark: (revision, annotations) => counting(frames.bookmark(revision, annotations)),
      error: (status) => counting(frames.error(status)),
    };
  }

  /** A watcher was closed because it did not keep up. */
  closedSlow({ definition }: CatalogueEntry): void {
    this.#terminated.add(definition.resource.group, definition.resource.plural);
  }

  metrics(): Metric[] {
    return [
      this.#terminated.metric(
        'apiserver_terminated_watchers_total',
        'Watchers that were closed because they did not keep up, by resource.',
      ),
      this.#sizes.metric('apiserver_watch_events_sizes', 'Size in bytes of the events that watches sent.'),
      this.#sizes.counted('apiserver_watch_events_total', 'Events that watches sent.'),
    ];
  }
}
