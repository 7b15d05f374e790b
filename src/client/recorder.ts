// How do people learn what a controller did? Through core/v1 Events, written in the background: no reconcile
// waits for one. Models k8s.io/client-go/tools/record.

import type { Draft } from '../apimachinery/meta.ts';
import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import type { Event } from '../apis/core/generated/v1.ts';
import { coreEvents } from '../apis/resources.ts';
import { type Clock, rfc3339 } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { untilAborted } from './keyed-controller.ts';
import { type Client, type EventTarget, type EventType, type Recorder, UnreachableError } from './types.ts';
import { WorkQueue } from './work-queue.ts';

export interface EventSinkDeps {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  /** `reportingInstance` of all events: the host or pod that this process is. */
  instance?: string;
}

/** Recorders with one queue. */
export interface EventSink {
  /** A recorder whose events come from `component`. */
  recorder(component: string): Recorder;
  /** Writes queued events until `signal` aborts; resolves then. */
  run(signal: AbortSignal): Promise<void>;
}

/** An event in the making: what is written, and what of it still has to be. */
interface Series {
  draft: Draft<Event>;
  count: number;
  lastMs: number;
  /** Does the server have an Event of this series? */
  isWritten: boolean;
}

const seriesMax = 4_096;
// A repeat after this long is a new story; upstream's events live one hour.
const seriesLifetimeMs = 3_600_000;
const retriesMax = 12;
// Repeats that come faster are written as one.
const repeatDelayMs = 1_000;

/** A sink that writes through `client`. Beyond 4096 different events the oldest series is forgotten. */
export function createEventSink(deps: EventSinkDeps): EventSink {
  return new ClientEventSink(deps);
}

class ClientEventSink implements EventSink {
  readonly #deps: EventSinkDeps;
  readonly #queue: WorkQueue;
  /** By identity, least recently used first. */
  readonly #series = new Map<string, Series>();

  constructor(deps: EventSinkDeps) {
    this.#deps = deps;
    this.#queue = new WorkQueue({ ...deps, initialBackoffMs: 100, maxBackoffMs: 5_000 });
  }

  recorder(component: string): Recorder {
    return { event: (target, event) => this.#note(component, target, event) };
  }

  async run(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#drain(signal), signal);
  }

  #note(component: string, target: EventTarget, event: NewEvent): void {
    const nowMs = this.#deps.clock.now();
    const { namespace = '', name, uid } = target.metadata;
    const identity = JSON.stringify([component, namespace, name, uid, event.type, event.reason, event.message]);
    const known = this.#series.get(identity);
    this.#series.delete(identity);
    if (known && nowMs - known.lastMs < seriesLifetimeMs) {
      this.#series.set(identity, { ...known, count: known.count + 1, lastMs: nowMs });
      this.#queue.addAfter(identity, repeatDelayMs);
    } else {
      const draft = this.#draft(component, { target, event, nowMs });
      this.#series.set(identity, { draft, count: 1, lastMs: nowMs, isWritten: false });
      this.#queue.add(identity);
    }
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    if (this.#series.size <= seriesMax) return;
    const [oldest] = this.#series.keys();
    if (oldest !== undefined) this.#series.delete(oldest);
  }

  #draft(
    component: string,
    { target, event, nowMs }: { target: EventTarget; event: NewEvent; nowMs: number },
  ): Draft<Event> {
    const { instance = component, random } = this.#deps;
    const { name, uid, namespace, resourceVersion } = target.metadata;
    const suffix = random.uuid().replaceAll('-', '').slice(0, 16);
    return {
      metadata: { name: `${name}.${suffix}`, namespace: namespace ?? 'default' },
      involvedObject: {
        ...(target.apiVersion && { apiVersion: target.apiVersion }),
        ...(target.kind && { kind: target.kind }),
        name,
        uid,
        ...(namespace && { namespace }),
        ...(resourceVersion && { resourceVersion }),
      },
      type: event.type,
      reason: event.reason,
      message: event.message,
      ...(event.action && { action: event.action }),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: rfc3339(nowMs),
    };
  }

  async #drain(signal: AbortSignal): Promise<never> {
    for (;;) {
      const identity = await this.#queue.next(signal);
      try {
        await this.#write(identity, signal);
        this.#queue.forget(identity);
      } catch (error) {
        this.#retry(identity, error, signal);
      } finally {
        this.#queue.done(identity);
      }
    }
  }

  async #write(identity: string, signal: AbortSignal): Promise<void> {
    const series = this.#series.get(identity);
    if (!series) return;
    const progress = { count: series.count, lastTimestamp: rfc3339(series.lastMs) };
    if (!series.isWritten || !(await this.#raise(series, progress, signal))) {
      await this.#create({ ...series.draft, ...progress }, signal);
    }
    const current = this.#series.get(identity);
    if (current) current.isWritten = true;
  }

  /** False if the Event is gone: it has outlived its time, or somebody deleted it. */
  async #raise(
    series: Series,
    progress: { count: number; lastTimestamp: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { namespace, name = '' } = series.draft.metadata;
    try {
      await this.#deps.client.patch(coreEvents, { at: { namespace, name }, body: progress }, signal);
      return true;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #create(draft: Draft<Event>, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.client.create(coreEvents, draft, signal);
    } catch (error) {
      // The answer to our first attempt was lost.
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
  }

  #retry(identity: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) throw signal.reason;
    const mayPass =
      error instanceof UnreachableError ||
      isStatus(error, 'TooManyRequests', 'ServiceUnavailable', 'Timeout', 'InternalError');
    if (mayPass && this.#queue.failures(identity) < retriesMax) {
      this.#queue.addRateLimited(identity);
      return;
    }
    if (!mayPass && !(error instanceof StatusError)) throw error;
    // A namespace that is being deleted takes no new events: the story ends with it.
    this.#deps.log.debug('Event was dropped', { event: identity, error });
    this.#series.delete(identity);
    this.#queue.forget(identity);
  }
}

interface NewEvent {
  type: EventType;
  reason: string;
  message: string;
  action?: string;
}
