// The control plane in one process: API server, store and client joined by function calls.

import { builtinResources, builtinSchemas } from '../apis/builtin.ts';
import { createApiServer } from '../apiserver/server.ts';
import type { Clock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Controller, ControllerDeps } from '../client/controller.ts';
import { createInformers } from '../client/informers.ts';
import { createClient, type KubeClient } from '../client/kube-client.ts';
import { createEventSink } from '../client/recorder.ts';
import { runControllers } from '../client/run-controllers.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import { inProcessTransport } from './in-process-transport.ts';

export interface ControlPlane {
  client: KubeClient;
  /** Runs `controllers` beside the API server until `signal` aborts. */
  run(controllers: (deps: ControllerDeps) => Controller[], signal: AbortSignal): Promise<void>;
}

/** A control plane over a memory store, with time and chance from outside. */
export function inProcessControlPlane({ clock, random }: { clock: Clock; random: Random }): ControlPlane {
  const shared = { clock, random, log: silentLogger };
  const apiServer = createApiServer({
    ...shared,
    store: memoryStore(),
    definitions: builtinResources,
    schemas: builtinSchemas,
  });
  const client = createClient({ transport: inProcessTransport(apiServer), clock });
  return {
    client,
    run(controllers, signal) {
      const informers = createInformers({ ...shared, client });
      const events = createEventSink({ ...shared, client });
      const deps: ControllerDeps = { ...shared, client, informers, recorder: (name) => events.recorder(name) };
      return runControllers([apiServer, informers, events, ...controllers(deps)], signal);
    },
  };
}
