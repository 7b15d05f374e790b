// Which address does a service get? Nothing routes to it: it names the service in tables and in specs.

import type { Service } from '../../apis/core/generated/v1.ts';
import { assert } from '../../base/assert.ts';
import { randomBelow } from '../../base/random.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';

const attemptsMax = 1000;

/** Gives a new service an address of 10.96.0.0/16 unless it is headless or an external name. An update that names none keeps it. */
export async function serviceAddress({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  if (verb === 'DELETE' || operation.entry.groupResource !== 'services') return;
  const { spec } = object as Service;
  if (!spec || spec.type === 'ExternalName' || spec.clusterIP) return;
  const before = (old as Partial<Service> | undefined)?.spec;
  if (before?.clusterIP) {
    spec.clusterIP = before.clusterIP;
    spec.clusterIPs = before.clusterIPs ?? [before.clusterIP];
    return;
  }
  await operation.cache.caughtUp(operation.signal);
  const taken = new Set(
    cachedObjects<Service>(operation, { group: '', plural: 'services' }).map((each) => each.spec?.clusterIP),
  );
  spec.clusterIP = freeAddress(operation.random, taken);
  spec.clusterIPs = [spec.clusterIP];
}

function freeAddress(random: Parameters<typeof randomBelow>[0], taken: Set<string | undefined>): string {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    // The first addresses are left to those that upstream fixes: 10.96.0.1 and 10.96.0.10.
    const number = 256 + randomBelow(random, 65536 - 512);
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  assert(false, 'No free service address was found in 10.96.0.0/16');
}
