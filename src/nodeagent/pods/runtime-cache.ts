// What runs on this node right now, as its supervisor tells it?

import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ContainerRecord, Runtime, RuntimeEvent } from '../runtime/types.ts';

export interface RuntimeCacheDeps {
  runtime: Pick<Runtime, 'events'>;
  /** These pods' containers have changed; undefined after a snapshot: all may have. */
  onChange: (podUID: string | undefined) => void;
  onFenced: (event: Extract<RuntimeEvent, { type: 'fenced' }>) => void;
  clock: Clock;
  log: Logger;
}

const reconnectMs = 100;

/** Containers by ID, kept by the stream of events. */
export class RuntimeCache {
  readonly #deps: RuntimeCacheDeps;
  readonly #records = new Map<string, ContainerRecord>();
  #isConnected = false;
  #hasSnapshot = false;

  constructor(deps: RuntimeCacheDeps) {
    this.#deps = deps;
  }

  /** Is the supervisor there and the cache complete? */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get hasSnapshot(): boolean {
    return this.#hasSnapshot;
  }

  ofPod(podUID: string): ContainerRecord[] {
    return [...this.#records.values()].filter((record) => record.podUID === podUID);
  }

  all(): ContainerRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): ContainerRecord | undefined {
    return this.#records.get(id);
  }

  /** What an own call has returned, ahead of the event. */
  put(record: ContainerRecord): void {
    if (!this.#records.has(record.id)) this.#records.set(record.id, record);
  }

  /** Follows the supervisor until `signal` aborts, reconnecting as often as needed. */
  async run(signal: AbortSignal): Promise<void> {
    const { runtime, clock, log } = this.#deps;
    while (!signal.aborted) {
      try {
        for await (const event of runtime.events(signal)) this.#take(event);
      } catch (error) {
        if (signal.aborted) return;
        if (this.#isConnected) log.warn('lost the supervisor', { error });
      }
      this.#isConnected = false;
      await clock.sleep(reconnectMs, signal).catch(() => {});
    }
  }

  #take(event: RuntimeEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.#records.clear();
        for (const record of event.containers) this.#records.set(record.id, record);
        this.#isConnected = true;
        this.#hasSnapshot = true;
        return this.#deps.onChange(undefined);
      case 'container':
        this.#records.set(event.container.id, event.container);
        return this.#deps.onChange(event.container.podUID);
      case 'removed':
        this.#records.delete(event.id);
        return;
      case 'fenced':
        return this.#deps.onFenced(event);
      default:
        return event satisfies never;
    }
  }
}
