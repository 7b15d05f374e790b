// How is a location looked at, and how are its backups made known?

import { isStatus } from '../../apimachinery/status-error.ts';
import { backupStorageLocations, backups } from '../../apis/velero/resources.ts';
import {
  type Backup,
  type BackupStorageLocation,
  type BackupStorageLocationStatus,
  veleroKeys,
} from '../../apis/velero/types.ts';
import { allowedFolders, backupKeys } from '../../backup/layout.ts';
import { folderOf, type OpenStore } from '../../backup/location.ts';
import { type ObjectStore, ObjectStoreError, readAll } from '../../backup/object-store.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import { planSync, type Step } from './reconcile.ts';

export interface LocationEdge {
  client: Client;
  clock: Clock;
  recorder: Recorder;
  log: Logger;
  openStore: OpenStore;
  /** PEM of the authority by which downloads can be trusted. */
  authority: string | undefined;
  /** Backups of the API that belong to a location. */
  backupsOf: (location: BackupStorageLocation) => Backup[];
}

interface Run {
  location: BackupStorageLocation;
  edge: LocationEdge;
}

/** Carries out one step. Rejects as Client does. */
export async function executeStep(step: Step, run: Run, signal: AbortSignal): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
      return { requeue: 'never' };
    case 'Wait':
      return { requeue: 'after', delayMs: step.retryAfterMs };
    case 'AddAuthority':
      return addAuthority(run, signal);
    case 'Validate':
      return validate(run, signal);
    case 'Sync':
      return sync(run, signal);
    default:
      return step satisfies never;
  }
}

/** Clients read there whom to trust when they download. A user's own word stays. */
async function addAuthority({ location, edge }: Run, signal: AbortSignal): Promise<Outcome> {
  const caCert = Buffer.from(edge.authority ?? '').toString('base64');
  const changes = { spec: { objectStorage: { caCert } } };
  await patchSeen(edge.client, { resource: backupStorageLocations, seen: location, changes }, signal);
  return { requeue: 'now' };
}

async function validate(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { location, edge } = run;
  const problem = await problemOf(location, edge.openStore, signal);
  if (problem !== undefined && location.status?.phase !== 'Unavailable') {
    edge.recorder.event(location, { type: 'Warning', reason: 'Unavailable', message: problem });
  }
  return setStatus(
    run,
    {
      phase: problem === undefined ? 'Available' : 'Unavailable',
      message: problem ?? '',
      lastValidationTime: rfc3339(edge.clock.now()),
    },
    signal,
  );
}

/** Why the location can't be used; undefined if it can. */
async function problemOf(
  location: BackupStorageLocation,
  openStore: OpenStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = folderOf(location);
  if ('error' in folder) return folder.error;
  const store = openStore(folder.path);
  try {
    if (location.spec?.accessMode !== 'ReadOnly') await store.check(signal);
    return await foreignFolders(store, folder.path, signal);
  } catch (error) {
    if (error instanceof ObjectStoreError) return error.message;
    throw error;
  }
}

/** Velero's rule: other things in the folder mean that it is not one for backups. */
async function foreignFolders(store: ObjectStore, path: string, signal: AbortSignal): Promise<string | undefined> {
  const names = await store.list('', signal);
  const allowed: readonly string[] = [...allowedFolders, 'lost+found'];
  const foreign = names.filter((name) => !allowed.includes(name) && !name.startsWith('.'));
  if (foreign.length === 0) return undefined;
  return `Cannot use folder ${path}: it holds what is no part of a backup location: ${foreign.join(', ')}`;
}

async function sync(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { location, edge } = run;
  const folder = folderOf(location);
  if ('error' in folder) return setStatus(run, { phase: 'Unavailable', message: folder.error }, signal);
  const store = edge.openStore(folder.path);
  try {
    const plan = planSync(await storedBackups(store, signal), edge.backupsOf(location));
    for (const name of plan.missing) await importBackup(run, { store, name }, signal);
    for (const seen of plan.vanished) await deleteSeen(edge.client, { resource: backups, seen }, signal);
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return setStatus(run, { phase: 'Unavailable', message: error.message }, signal);
  }
  return setStatus(run, { lastSyncedTime: rfc3339(edge.clock.now()) }, signal);
}

async function storedBackups(store: ObjectStore, signal: AbortSignal): Promise<string[]> {
  const names = await store.list('backups', signal);
  const stored: string[] = [];
  for (const name of names) if (await store.exists(backupKeys(name).metadata, signal)) stored.push(name);
  return stored;
}

/** Makes the Backup of a stored one. One that is damaged is reported and left alone. */
async function importBackup(
  { location, edge }: Run,
  { store, name }: { store: ObjectStore; name: string },
  signal: AbortSignal,
): Promise<void> {
  const text = Buffer.from(await readAll(await store.get(backupKeys(name).metadata, signal))).toString('utf8');
  const stored = parseBackup(text);
  const phase = stored?.status?.phase;
  if (
    !stored ||
    stored.metadata.name !== name ||
    (phase !== 'Completed' && phase !== 'PartiallyFailed' && phase !== 'Failed')
  ) {
    edge.log.warn('Stored backup cannot be imported', { location: location.metadata.name, backup: name, phase });
    return;
  }
  const locationName = location.metadata.name;
  const { labels, annotations } = stored.metadata;
  const backup = {
    ...stored,
    metadata: {
      name,
      namespace: location.metadata.namespace ?? '',
      labels: { ...labels, [veleroKeys.storageLocation]: labelValueOf(locationName) },
      ...(annotations && { annotations }),
    },
    spec: { ...stored.spec, storageLocation: locationName },
  };
  try {
    await edge.client.create(backups, backup, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

function parseBackup(text: string): Backup | undefined {
  try {
    const value = JSON.parse(text) as Partial<Backup> | null;
    return value?.metadata?.name ? (value as Backup) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function setStatus(
  { location, edge }: Run,
  status: BackupStorageLocationStatus,
  signal: AbortSignal,
): Promise<Outcome> {
  await patchSeen(
    edge.client,
    { resource: backupStorageLocations, seen: location, changes: { status: { ...status } } },
    signal,
  );
  return { requeue: 'now' };
}
