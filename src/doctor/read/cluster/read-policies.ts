// What do the resource policies of schedules and backups say? The ConfigMaps that these name, one by one.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { isStatus } from '../../../apimachinery/status-error.ts';
import type { Backup, Schedule } from '../../../apis/velero/types.ts';
import { objectPath } from '../../../client/request-path.ts';
import { kindRows } from '../../snapshot/kinds.ts';
import type { Coverage } from '../../snapshot/types.ts';
import { policyReference } from '../../snapshot/volume-policies.ts';
import { trim } from '../trim.ts';
import { eachLimited } from './each-limited.ts';
import { getJson, isObject, type Server } from './list-pages.ts';

export interface PolicyReading {
  objects: KubeObject[];
  coverage: Coverage;
}

const askedAtOnce = 4;

/** Every policy that one of the owners names. Never rejects but for the signal. */
export async function readPolicies(
  server: Server,
  owners: readonly (Schedule | Backup)[],
  signal: AbortSignal,
): Promise<PolicyReading> {
  const paths = new Set(
    owners.flatMap((owner) => {
      const name = policyReference(owner)?.name;
      const { namespace = '' } = owner.metadata;
      return name ? objectPath(kindRows.policyMaps.resource, { namespace, name }) : [];
    }),
  );
  const objects: KubeObject[] = [];
  const failures: string[] = [];
  await eachLimited([...paths], askedAtOnce, async (path) => {
    try {
      const found = await getJson(server, { path }, signal);
      if (isObject(found)) objects.push(trim(Object.assign(found, { apiVersion: 'v1', kind: 'ConfigMap' })));
    } catch (error) {
      signal.throwIfAborted();
      // A policy that is not there is known not to be there.
      if (!isStatus(error, 'NotFound')) failures.push((error as Error).message);
    }
  });
  if (failures.length === 0) return { objects, coverage: { state: 'read' } };
  const reason = `${failures.length} resource policies could not be read: ${failures[0]}`;
  return { objects, coverage: { state: 'partial', namespaces: [], reason } };
}
