// What does an API server show of its cluster? A snapshot, and of each kind that could not be read, why.

import type { KubeObject, Resource } from '../../../apimachinery/meta.ts';
import { groupResourceOf } from '../../../apimachinery/meta.ts';
import { isStatus } from '../../../apimachinery/status-error.ts';
import type { Backup, Schedule } from '../../../apis/velero/types.ts';
import { withAbortScope } from '../../../client/abort-scope.ts';
import { collectionPath } from '../../../client/request-path.ts';
import { UnreachableError } from '../../../client/types.ts';
import { isListed, type KindName, kindRows } from '../../snapshot/kinds.ts';
import { Snapshot, type SnapshotData } from '../../snapshot/snapshot.ts';
import type { Coverage } from '../../snapshot/types.ts';
import { CannotLookError, type Reading } from '../reading.ts';
import { trim } from '../trim.ts';
import { eachLimited } from './each-limited.ts';
import { getJson, listPages, type Server } from './list-pages.ts';
import { readBackends } from './read-backends.ts';
import { readLogs } from './read-logs.ts';
import { readPolicies } from './read-policies.ts';
import { readStore } from './read-store.ts';
import { readVolumeStats } from './read-volume-stats.ts';

export interface ClusterQuery {
  /** What the rules need; nothing else is asked for. */
  kinds: readonly KindName[];
  /** Where the caller may read if not everywhere. */
  namespace?: string | undefined;
  /** For people: `context kind-prod`. */
  source: string;
}

const listsAtOnce = 4;
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

interface KindReading {
  kind: KindName;
  objects: KubeObject[];
  coverage: Coverage;
  notes: string[];
}

/**
 * Reads every kind whole where the caller may, else in the namespace. Rejects with CannotLookError if the server does
 * not answer at all or knows nobody of this name; what fails of one kind is said in its coverage.
 */
export async function readCluster(server: Server, query: ClusterQuery, signal: AbortSignal): Promise<Reading> {
  const serverVersion = await greet(server, query, signal);
  const takenAtMs = server.clock.now();
  // Many lists at once, each of which ends with the look.
  const readings = await withAbortScope(signal, (scope) => readKinds(server, query, scope.signal));
  if (readings.every(({ kind, coverage }) => kindRows[kind].isOptional || coverage.state === 'unread'))
    throw nothingRead(readings, query);

  const objects = Object.fromEntries(readings.map(({ kind, objects: found }) => [kind, found]));
  const coverage = Object.fromEntries(readings.map(({ kind, coverage: how }) => [kind, how]));
  const data: SnapshotData = {
    takenAtMs,
    objects,
    coverage,
    ...(serverVersion && { serverVersion }),
  };
  return { snapshot: new Snapshot(data), source: query.source, notes: readings.flatMap(({ notes }) => notes) };
}

/** Every kind that is asked for. Kubelets, of which there may be hundreds, are asked while lists are still read. */
async function readKinds(server: Server, query: ClusterQuery, signal: AbortSignal): Promise<KindReading[]> {
  const listed = query.kinds.filter(isListed);
  const read = (kind: KindName): Promise<KindReading> => readKind(server, { kind, query }, signal);
  const asked = query.kinds.filter((kind) => !isListed(kind) && kindRows[kind].reads !== 'named');
  const nodes = listed.includes('nodes') ? read('nodes') : undefined;
  const others = listed.filter((kind) => kind !== 'nodes');
  const [known, rest, told] = await Promise.all([
    nodes,
    eachLimited(others, listsAtOnce - 1, read),
    eachLimited(asked, asked.length, (kind) => ask(server, { kind, nodes }, signal)),
  ]);
  const readings = [...(known ? [known] : []), ...rest, ...told];
  if (!query.kinds.includes('policyMaps')) return readings;
  const owners = readings.filter(({ kind }) => kind === 'schedules' || kind === 'backups');
  const policies = await readPolicies(
    server,
    owners.flatMap(({ objects }) => objects) as (Schedule | Backup)[],
    signal,
  );
  return [...readings, { kind: 'policyMaps', notes: [], ...policies }];
}

/** What is no collection of the API server. */
async function ask(
  server: Server,
  { kind, nodes }: { kind: KindName; nodes: Promise<KindReading> | undefined },
  signal: AbortSignal,
): Promise<KindReading> {
  switch (kindRows[kind].live) {
    case 'backends':
      return { kind, notes: [], ...(await readBackends(server, kind === 'pools' ? 'pools' : 'disks', signal)) };
    case 'store':
      return { kind, notes: [], ...(await readStore(server, signal)) };
    case 'kubelet-logs':
      return { kind, notes: [], ...(await readLogs(server, (await nodes)?.objects ?? [], signal)) };
    case undefined:
      return usage(server, nodes, signal);
  }
}

/** Version of the server; the first request tells whether there is one. */
async function greet(server: Server, { source }: ClusterQuery, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { major, minor } = (await getJson(server, { path: '/version' }, signal)) as {
      major?: string;
      minor?: string;
    };
    return major && minor ? `${major}.${minor.replace(/\D.*$/, '')}` : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (isStatus(error, 'Unauthorized'))
      throw new CannotLookError(
        `Cannot look at ${source}: the API server does not accept these credentials (${error.message}). Log in again, or choose another context with --context.`,
        { cause: error },
      );
    if (error instanceof UnreachableError)
      throw new CannotLookError(
        `Cannot look at ${source}: ${error.message}. Check the server's address in the kubeconfig and the way to it; a dump can be read with --from.`,
        { cause: error },
      );
    // Whoever may not read /version may still read objects.
    return undefined;
  }
}

async function readKind(
  server: Server,
  { kind, query }: { kind: KindName; query: ClusterQuery },
  signal: AbortSignal,
): Promise<KindReading> {
  const { resource } = kindRows[kind];
  try {
    return await listKind(server, { kind, namespace: undefined }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isStatus(error, 'NotFound')) return notServed(kind);
    if (!isStatus(error, 'Forbidden') || !resource.namespaced || !query.namespace) return unread(kind, error);
  }
  try {
    return await listKind(server, { kind, namespace: query.namespace }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return unread(kind, error);
  }
}

async function listKind(
  server: Server,
  { kind, namespace }: { kind: KindName; namespace: string | undefined },
  signal: AbortSignal,
): Promise<KindReading> {
  const { resource, reads } = kindRows[kind];
  const typed = typeOf(resource);
  let objects: KubeObject[] = [];
  const { malformed } = await listPages(
    server,
    {
      path: collectionPath(resource, namespace),
      ...(reads === 'metadata' && { accept: metadataOnly }),
      begin: () => void (objects = []),
      take: (object) => objects.push(trim(Object.assign(object, typed))),
    },
    signal,
  );
  const notes = malformed > 0 ? [`${malformed} ${groupResourceOf(resource)} had no name and were left out.`] : [];
  return {
    kind,
    objects,
    coverage: namespace ? { state: 'partial', namespaces: [namespace] } : { state: 'read' },
    notes,
  };
}

/** Items of a list carry no type. */
function typeOf({ group, version, kind }: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

async function usage(
  server: Server,
  reading: Promise<KindReading> | undefined,
  signal: AbortSignal,
): Promise<KindReading> {
  const kind = 'volumeStats';
  const nodes = await reading;
  if (!nodes || nodes.coverage.state === 'unread')
    return { kind, objects: [], coverage: { state: 'unread', reason: 'the nodes to ask are not known' }, notes: [] };
  const { stats, failures, asked } = await readVolumeStats(server, nodes.objects, signal);
  const objects = stats as readonly KubeObject[] as KubeObject[];
  const [first] = failures;
  if (!first) return { kind, objects, coverage: { state: 'read' }, notes: [] };
  if (failures.length === asked)
    return { kind, objects, coverage: { state: 'unread', reason: `no kubelet could be asked: ${first}` }, notes: [] };
  const note = `${failures.length} of ${asked} kubelets could not be asked how full their volumes are: ${first}`;
  return { kind, objects, coverage: { state: 'partial', namespaces: [] }, notes: [note] };
}

/** An extension that is not installed has no objects; a server without Pods is not what it is taken for. */
function notServed(kind: KindName): KindReading {
  const { resource, isOptional } = kindRows[kind];
  const reason = `the server does not serve ${groupResourceOf(resource)}`;
  return {
    kind,
    objects: [],
    coverage: isOptional ? { state: 'not-installed' } : { state: 'unread', reason },
    notes: [],
  };
}

function unread(kind: KindName, error: unknown): KindReading {
  const reason = isStatus(error, 'Forbidden') ? `no permission: ${error.message}` : (error as Error).message;
  return { kind, objects: [], coverage: { state: 'unread', reason }, notes: [] };
}

function nothingRead(readings: readonly KindReading[], { source, namespace }: ClusterQuery): CannotLookError {
  const [reason = 'no kind was asked for'] = readings.flatMap(({ coverage }) =>
    coverage.state === 'unread' ? [coverage.reason] : [],
  );
  const hint = namespace ? '' : ' With -n NAMESPACE the doctor makes do with the rights of one namespace.';
  return new CannotLookError(
    `Cannot look at ${source}: none of ${readings.length} kinds could be read (${reason}). \`amarre doctor rbac\` prints the rights it needs.${hint}`,
  );
}
