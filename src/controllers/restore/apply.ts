// How does one item come into the cluster? It is created; what exists already is left alone or updated.

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import type { Restore } from '../../apis/velero/types.ts';
import { veleroKeys } from '../../apis/velero/types.ts';
import type { BackupItem } from '../../backup/items.ts';
import type { RestoredObject } from '../../backup/rewrite.ts';
import type { Client } from '../../client/types.ts';

export interface Applied {
  /** `created` also when this restore created it before it was interrupted. */
  outcome: 'created' | 'updated' | 'skipped' | 'failed';
  warning?: string;
  error?: string;
}

export interface ApplyOptions {
  client: Client;
  restore: Restore;
  resource: Resource;
  item: BackupItem;
  object: RestoredObject;
}

/** Refusals that the next try may not meet. */
const passing = ['TooManyRequests', 'ServiceUnavailable', 'Timeout', 'InternalError'] as const;

function isRefusal(error: unknown): error is StatusError {
  return error instanceof StatusError && !passing.some((reason) => reason === error.reason);
}

/** Creates one object. Rejects when the server cannot be reached or is overloaded; other refusals are reported. */
export async function applyItem(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
  const { client, resource, object } = options;
  try {
    await client.create(resource, object, signal);
    return { outcome: 'created' };
  } catch (error) {
    if (isStatus(error, 'AlreadyExists')) return meetExisting(options, signal);
    if (!isRefusal(error)) throw error;
    return { outcome: 'failed', error: `error restoring ${describe(options)}: ${error.message}` };
  }
}

async function meetExisting(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
  const { client, restore, resource, item, object } = options;
  const at = { name: object.metadata.name ?? '', namespace: object.metadata.namespace };
  const existing = await client.get(resource, at, signal);
  if (existing.metadata.labels?.[veleroKeys.restoreUid] === restore.metadata.uid) return { outcome: 'created' };
  // The server makes these itself, in every namespace.
  if (isMadeByServer(item)) return { outcome: 'skipped' };
  if (restore.spec?.existingResourcePolicy === 'update') return update(options, signal);
  if (sameContent(existing, object)) return { outcome: 'skipped' };
  return {
    outcome: 'skipped',
    warning: `could not restore, ${describe(options)} already exists. Warning: the in-cluster version is different than the backed-up version`,
  };
}

async function update(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
  const { client, resource, object } = options;
  const at = { name: object.metadata.name ?? '', namespace: object.metadata.namespace };
  const { labels, annotations } = object.metadata;
  const body = { ...object, metadata: { labels, annotations } };
  try {
    await client.patch(resource, { at, body }, signal);
    return { outcome: 'updated' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { outcome: 'skipped', warning: `could not update ${describe(options)}: ${error.message}` };
  }
}

function isMadeByServer({ groupResource, name }: BackupItem): boolean {
  return (
    groupResource === 'namespaces' ||
    (groupResource === 'serviceaccounts' && name === 'default') ||
    (groupResource === 'configmaps' && name === 'kube-root-ca.crt')
  );
}

function sameContent(existing: KubeObject, object: RestoredObject): boolean {
  const content = (value: object): object => {
    const {
      metadata: _metadata,
      status: _status,
      apiVersion: _apiVersion,
      kind: _kind,
      ...rest
    } = value as Record<string, unknown>;
    return rest;
  };
  return isDeepStrictEqual(content(existing), content(object));
}

function describe({ resource, object }: ApplyOptions): string {
  const { namespace, name } = object.metadata;
  return `${resource.kind} "${namespace ? `${namespace}/` : ''}${name}"`;
}
