// What does a test of Velero's kinds stand on where time is moved by hand? Objects are patched whole, status included.

import { FakeWorld } from '../../client/fake-world.ts';
import { CrashingTransport } from './velero-transport.ts';

/** A FakeWorld whose API treats Velero's kinds as they are: without a status subresource. */
export function veleroWorld(): FakeWorld {
  const exec = (): never => {
    throw new Error('There are no pods in this world');
  };
  return new FakeWorld((api) => new CrashingTransport({ api, exec }));
}
