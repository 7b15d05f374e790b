// What does a controller's test stand on? A fake API, a clock moved by hand, and the real client runtime between.

import type { DraftMeta, KubeObject, Resource } from '../apimachinery/meta.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import type { Controller, ControllerDeps } from './controller.ts';
import { FakeApi } from './fake-api.ts';
import { createInformers } from './informers.ts';
import { createClient, type KubeClient } from './kube-client.ts';
import { runControllers } from './run-controllers.ts';
import type { Transport } from './transport.ts';

/** A fake for tests: everything that a controller is given, and a hand on it. */
export class FakeWorld {
  readonly clock = new FakeClock();
  readonly api = new FakeApi();
  readonly client: KubeClient;
  readonly deps: ControllerDeps;
  /** Events as `<component> <reason>: <message>`, in order. */
  readonly events: string[] = [];
  readonly #informers;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  /** Requests go straight to the fake API unless `transportOf` puts something between. */
  constructor(transportOf: (api: FakeApi) => Transport = (api) => api) {
    const { clock } = this;
    const base = { clock, random: seededRandom(1), log: silentLogger };
    this.client = createClient({ transport: transportOf(this.api), clock });
    this.#informers = createInformers({ client: this.client, ...base });
    const recorder = (component: string) => ({
      event: (_target: unknown, { reason, message }: { reason: string; message: string }) => {
        this.events.push(`${component} ${reason}: ${message}`);
      },
    });
    this.deps = { client: this.client, informers: this.#informers, recorder, ...base };
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts the controllers and lets them come to rest. */
  async start(...controllers: Controller[]): Promise<void> {
    this.#running = runControllers([this.#informers, ...controllers], this.#stop.signal);
    await this.clock.advance(0);
  }

  /** Stops everything. Rejects if a controller has failed. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    object: Omit<T, 'metadata'> & { metadata: DraftMeta },
  ): Promise<T> {
    return this.client.create(resource, object, this.signal);
  }

  /** The object as the API has it; undefined if there is none. */
  async find<T extends KubeObject>(resource: Resource<T>, name: string, namespace?: string): Promise<T | undefined> {
    const { items } = await this.client.list(resource, { namespace }, this.signal);
    return items.find((item) => item.metadata.name === name);
  }
}
