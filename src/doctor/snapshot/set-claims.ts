// Which claims belong to a StatefulSet, also those of replicas that it no longer has?

import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

/** Claims named `<template>-<set>-<ordinal>`. */
export function claimsOfSet(snapshot: Snapshot, set: StatefulSet): PersistentVolumeClaim[] {
  return prefixesOf(set).flatMap((key) => [
    ...snapshot.where('claims', {
      index: 'claimsByPrefix',
      key,
      keysOf: (claim) => prefixOf(claim) ?? [],
    }),
  ]);
}

/** The set whose claim it is by its name; undefined if there is none. */
export function setOfClaim(snapshot: Snapshot, claim: PersistentVolumeClaim): StatefulSet | undefined {
  const [key] = prefixOf(claim) ?? [];
  if (key === undefined) return undefined;
  return snapshot.where('statefulSets', { index: 'setsByClaimPrefix', key, keysOf: prefixesOf })[0];
}

/** `namespace/template-set` for each template. */
function prefixesOf({ metadata: { namespace, name }, spec }: StatefulSet): string[] {
  return (spec?.volumeClaimTemplates ?? []).map((template) => `${namespace}/${template.metadata.name}-${name}`);
}

/** The name without its ordinal, as a list of one; undefined if it does not end in a number. */
function prefixOf({ metadata: { namespace, name } }: PersistentVolumeClaim): [string] | undefined {
  const prefix = /^(.+)-\d+$/.exec(name)?.[1];
  return prefix === undefined ? undefined : [`${namespace}/${prefix}`];
}
