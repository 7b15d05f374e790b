// How does the demo keep going while the control plane is killed under it? A client that asks again.

import type { Draft, KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { Clock } from '../base/clock.ts';
import { type Client, UnreachableError } from '../client/types.ts';

const retryMs = 50;

/** A server that was just killed answers nothing, or that it is not ready yet; asking again is the remedy. */
export function isPassing(error: unknown): boolean {
  return error instanceof UnreachableError || isStatus(error, 'ServiceUnavailable', 'TooManyRequests', 'Timeout');
}

/** A killed agent is an internal error to the API server; the demo's own commands only read, so that they may run twice. */
function isPassingExec(error: unknown): boolean {
  return isPassing(error) || isStatus(error, 'InternalError');
}

/**
 * A Client whose calls are repeated until the server answers; the caller's signal is the bound. A create that
 * was repeated may find its own object. Watches are not repeated: they end as they always may.
 */
export function patientClient(client: Client, clock: Clock): Client {
  const patiently = async <T>(
    task: (isRepeat: boolean) => Promise<T>,
    signal: AbortSignal,
    mayPass: (error: unknown) => boolean = isPassing,
  ): Promise<T> => {
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        return await task(isRepeat);
      } catch (error) {
        if (!mayPass(error)) throw error;
        await clock.sleep(retryMs, signal);
      }
    }
  };
  return {
    get: (resource, at, signal) => patiently(() => client.get(resource, at, signal), signal),
    list: (resource, options, signal) => patiently(() => client.list(resource, options, signal), signal),
    create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, signal: AbortSignal) {
      return patiently(async (isRepeat) => {
        try {
          return await client.create(resource, object, signal);
        } catch (error) {
          if (!isRepeat || !isStatus(error, 'AlreadyExists') || !object.metadata.name) throw error;
          return client.get(resource, { namespace: object.metadata.namespace, name: object.metadata.name }, signal);
        }
      }, signal);
    },
    update: (...call) => patiently(() => client.update(...call), call[2]),
    patch: (resource, patch, signal) => patiently(() => client.patch(resource, patch, signal), signal),
    delete(resource, target, signal) {
      return patiently(async (isRepeat) => {
        try {
          await client.delete(resource, target, signal);
        } catch (error) {
          if (!isRepeat || !isStatus(error, 'NotFound')) throw error;
        }
      }, signal);
    },
    watch: (resource, options, signal) => client.watch(resource, options, signal),
    exec: (options, signal) => patiently(() => client.exec(options, signal), signal, isPassingExec),
    close: () => client.close(),
  };
}
