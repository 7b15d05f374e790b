// How does each server take a change of what it has stored? A sample is created in both, then sent back with one place changed.

import type { KubeObject } from '../../../src/apimachinery/meta.ts';
import { systemClock } from '../../../src/base/system-clock.ts';
import type { ApiAnswer, ApiCaller } from '../../fixtures/api-caller.ts';
import type { BothServers, Pair } from '../../fixtures/both-servers.ts';
import { merge } from './exchange.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import type { Fields, Sample } from './samples.ts';

export interface StoredSample {
  /** Every change of one place, of what upstream stored. */
  mutations: Mutation[];
  /** Sends one to both, each with the version and the choices of its own; nothing is stored. */
  put(object: unknown): Promise<Pair>;
  remove(): Promise<void>;
}

/** What a server writes into the metadata; the version is put back before the object is sent. */
const writtenByServer = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields', 'generation'];

/** Creates `sample` in both. Rejects if one refuses it. */
export async function storeSample(servers: BothServers, sample: Sample): Promise<StoredSample> {
  const { name } = sample.object.metadata;
  const made = await servers.both(`POST ${sample.path}`, sample.object);
  for (const { status, text } of [made.ours, made.upstream])
    if (status !== 201) throw new Error(`${sample.title} is not taken: ${text}`);
  const at = `${sample.path}/${name}`;
  const [ours, upstream] = await Promise.all([settled(servers.ours, at), settled(servers.upstream, at)]);
  const choices = new Map(differingLeaves(upstream, ours));
  const line = `PUT ${at}?dryRun=All&fieldValidation=Strict`;
  return {
    mutations: mutationsOf(asSent(upstream), sample.schemaName),
    put: async (object) => {
      const [first, second] = await Promise.all([
        servers.ours(line, withVersionOf(ours, translated(object, choices))),
        servers.upstream(line, withVersionOf(upstream, object)),
      ]);
      return { ours: first, upstream: second };
    },
    remove: async () => {
      // Jobs and replication controllers would wait for their pods to be let go.
      await servers.both(`DELETE ${at}?propagationPolicy=Background&gracePeriodSeconds=0`);
      await letGo(servers, at, sample.object.kind ?? '');
      // A definition goes a moment later, once what it defines is gone.
      if (sample.object.kind !== 'CustomResourceDefinition') return;
      for (const call of [servers.ours, servers.upstream])
        for (let left = goneMs; left > 0 && (await call(`GET ${at}`)).status === 200; left -= settledMs)
          await systemClock.sleep(settledMs, new AbortController().signal);
    },
  };
}

/** Does what controllers do, which nobody runs here: what is being deleted waits for them. */
async function letGo({ both }: BothServers, at: string, kind: string): Promise<void> {
  // A server lets go of what it defines itself.
  if (kind !== 'CustomResourceDefinition') await both(`PATCH ${at}`, { metadata: { finalizers: null } }, merge);
  if (kind === 'Namespace') await both(`PUT ${at}/finalize`, { metadata: { name: at.split('/').at(-1) }, spec: {} });
}

/** Creates `sample` in both; its changes are those of its status, sent to `subresource`: it has one place other than `status` says. */
export async function storeForStatus(
  servers: BothServers,
  sample: Sample,
  { status, subresource }: { status: Fields; subresource: string },
): Promise<StoredSample & { store(): Promise<Pair> }> {
  const stored = await storeSample(servers, sample);
  const path = `${sample.path}/${sample.object.metadata.name}`;
  // Of policies the server itself owns the first status here; upstream a controller does, which nobody runs.
  if (sample.object.kind === 'ValidatingAdmissionPolicy')
    await servers.both(`PATCH ${path}`, { metadata: { managedFields: [{}] } }, merge);
  const read = (): Promise<Pair> => servers.both(`GET ${path}`);
  let { ours, upstream } = await read();
  const write = async (state: unknown, query = ''): Promise<Pair> => {
    const line = `PUT ${path}/${subresource}${query}`;
    const of = ({ json }: ApiAnswer): unknown => {
      const object = json as unknown as KubeObject;
      return { ...(withVersionOf(object, asSent(object)) as object), status: state };
    };
    const [first, second] = await Promise.all([servers.ours(line, of(ours)), servers.upstream(line, of(upstream))]);
    return { ours: first, upstream: second };
  };
  const mutations = mutationsOf(status as unknown as KubeObject, `${sample.schemaName}Status`);
  return {
    ...stored,
    mutations: mutations.map(({ title, object }) => ({
      title: `status${title.startsWith(' ') ? '' : '.'}${title}`,
      object,
    })),
    put: (state) => write(state, '?dryRun=All&fieldValidation=Strict'),
    store: async () => {
      const written = await write(status);
      ({ ours, upstream } = await read());
      return written;
    },
  };
}

const settledMs = 300;
const goneMs = 3000;

/** The object once its server writes nothing more to it: a status comes a moment later. */
async function settled(call: ApiCaller, path: string): Promise<KubeObject> {
  for (let before: string | undefined; ; ) {
    const object = (await call(`GET ${path}`)).json as unknown as KubeObject;
    const { resourceVersion } = object.metadata;
    if (resourceVersion === before) return object;
    before = resourceVersion;
    await systemClock.sleep(settledMs, new AbortController().signal);
  }
}

function asSent(stored: KubeObject): KubeObject {
  const { status: _status, ...object } = stored as KubeObject & { status?: unknown };
  const metadata = Object.entries(object.metadata).filter(([field]) => !writtenByServer.includes(field));
  return { ...object, metadata: Object.fromEntries(metadata) as unknown as KubeObject['metadata'] };
}

function withVersionOf({ metadata: { resourceVersion } }: KubeObject, object: unknown): unknown {
  const { metadata } = object as Partial<KubeObject>;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return object;
  return { ...(object as object), metadata: { ...metadata, resourceVersion } };
}

/** What both chose at the same place, addresses and names by chance: theirs first. */
function differingLeaves(theirs: unknown, ours: unknown): [unknown, unknown][] {
  if (typeof theirs === 'object' && theirs !== null && typeof ours === 'object' && ours !== null)
    return Object.entries(theirs).flatMap(([name, value]) =>
      differingLeaves(value, (ours as Record<string, unknown>)[name]),
    );
  // What upstream writes as null is no choice.
  return theirs === ours || theirs === undefined || theirs === null || ours === undefined ? [] : [[theirs, ours]];
}

function translated(value: unknown, choices: Map<unknown, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => translated(item, choices));
  if (typeof value !== 'object' || value === null) return choices.has(value) ? choices.get(value) : value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, translated(item, choices)]));
}
