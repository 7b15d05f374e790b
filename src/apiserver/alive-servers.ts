// Which API servers share the state, and are alive? Each leaves a sign in the store again and again; who has not seen a
// sign change for a while takes its server for gone. Source: pkg/controlplane/reconcilers lease; there etcd's leases end
// by themselves, here each server counts on its own clock, since clocks of different machines are never compared.

import { isStatus } from '../apimachinery/status-error.ts';
import { abortable } from '../base/abortable.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { type Advertised, advertise, isLoopback } from './kubernetes-service.ts';
import type { RegistryParts } from './registry/context.ts';
import { storeRefusal } from './store-refusal.ts';

const prefix = '/amarre.io/apiservers/';
const renewMs = 4_000;
/** More than three signs that did not come. */
const aliveMs = 15_000;
const withdrawMs = 1_000;

/** When this server saw that another one's sign was new. */
export interface Seen {
  revision: number;
  /** Of the own monotonic clock. */
  atMs: number;
}

/** What is known after another look: `signs` are the revisions of all signs by address. */
export function lookAgain(
  known: ReadonlyMap<string, Seen>,
  signs: ReadonlyMap<string, number>,
  nowMs: number,
): Map<string, Seen> {
  return new Map(
    [...signs].map(([address, revision]) => {
      const before = known.get(address);
      return [address, before?.revision === revision ? before : { revision, atMs: nowMs }];
    }),
  );
}

export const isAlive = ({ atMs }: Seen, nowMs: number): boolean => nowMs - atMs < aliveMs;

/** Keeps the Service `kubernetes` at the servers that are alive, until `signal` aborts; then withdraws this one. Rejects with the abort reason. */
export async function keepAdvertised(parts: RegistryParts, own: Advertised, signal: AbortSignal): Promise<void> {
  if (isLoopback(own.address)) return;
  const { clock, log } = parts;
  let seen = new Map<string, Seen>();
  try {
    for (;;) {
      try {
        seen = await round(parts, { own, seen }, signal);
      } catch (error) {
        const refusal = isStatus(error) ? error : storeRefusal(error);
        if (signal.aborted || !refusal) throw error;
        log.warn('it could not be told which API servers are alive', { error });
      }
      await clock.sleep(renewMs, signal);
    }
  } finally {
    await withdraw(parts, own.address);
  }
}

async function round(
  parts: RegistryParts,
  { own, seen }: { own: Advertised; seen: ReadonlyMap<string, Seen> },
  signal: AbortSignal,
): Promise<Map<string, Seen>> {
  const { store, clock } = parts;
  await leaveSign(store, own.address);
  const nowMs = clock.monotonic();
  const next = lookAgain(seen, await signsIn(store), nowMs);
  for (const [address, sign] of next) {
    if (isAlive(sign, nowMs)) continue;
    next.delete(address);
    // A server that is alive after all has written meanwhile, and keeps its sign.
    await store.delete(`${prefix}${address}`, sign.revision);
  }
  await advertise(parts, { ...own, isShared: true, alive: [...next.keys()] }, signal);
  return next;
}

async function leaveSign(store: RevisionStore, address: string): Promise<void> {
  const key = `${prefix}${address}`;
  const before = await store.get(key);
  await store.put(key, Buffer.from(address), before?.modRevision ?? 0);
}

async function signsIn(store: RevisionStore): Promise<Map<string, number>> {
  const { entries } = await store.list({ prefix });
  return new Map(entries.map(({ key, modRevision }) => [key.slice(prefix.length), modRevision]));
}

/** The others need not wait until the sign is old. A store that is away must not hold up the server's end. */
async function withdraw({ store, clock, log }: RegistryParts, address: string): Promise<void> {
  const remove = async (): Promise<void> => {
    const found = await store.get(`${prefix}${address}`);
    if (found) await store.delete(found.key, found.modRevision);
  };
  const limit = { what: 'the withdrawal', timeoutMs: withdrawMs, signal: new AbortController().signal };
  try {
    await clock.withTimeout(limit, (bounded) => abortable(remove(), bounded));
  } catch (error) {
    log.info('this server could not say that it stops; the others will find out', { error });
  }
}
