// How does a watch show objects that a webhook converts? In order: each event waits for those before it.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { CacheEvent } from '../cache/collection.ts';
import { Watcher, type WatcherOptions } from '../cache/watcher.ts';
import { failureStatus, internalError } from '../status-body.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { prepareServed } from './served-form.ts';

interface Conversion {
  entry: CatalogueEntry;
  signal: AbortSignal;
}

/** A watcher whose events are converted before they are queued. A conversion that fails ends the watch with an ERROR event. */
export class ConvertingWatcher extends Watcher {
  readonly #conversion: Conversion;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: WatcherOptions, conversion: Conversion) {
    super(options);
    this.#conversion = conversion;
  }

  override offer(event: CacheEvent): void {
    if (!event.key.startsWith(this.prefix)) return;
    const { current, previous } = event;
    const objects = [current, previous, current ? undefined : event.tombstone].filter((each) => each !== undefined);
    this.#after(async () => {
      await prepareServed(this.#conversion, objects);
      super.offer(event);
    });
  }

  override bookmark(revision: number): void {
    this.#after(async () => super.bookmark(revision));
  }

  #after(step: () => Promise<void>): void {
    this.#tail = this.#tail.then(step).catch((error: unknown) => {
      const refusal = isStatus(error) ? error : internalError(error);
      this.fail(failureStatus(refusal));
      this.close();
    });
  }
}
