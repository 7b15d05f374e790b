// For whom may a node have tokens made in the name of its pods? For those to whom the pods themselves show them.
// Source: plugin/pkg/admission/noderestriction validateNodeServiceAccountAudience.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { CSIDriver } from '../../apis/storage/generated/v1.ts';
import { resourceAttributes } from '../auth/attributes.ts';
import { volumesOf } from '../auth/node-facts.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';

/** Why the node that asks gets no token for `audiences` in the name of the pod; undefined if it does. */
export function audienceRefusal(operation: Operation, pod: Pod, audiences: readonly string[]): string | undefined {
  const [audience = '', ...others] = audiences;
  if (others.length > 0) return 'node may only request 0 or 1 audiences';
  if (audiencesOf(operation, pod).includes(audience)) return undefined;
  const { access, user, info } = operation;
  const { namespace, name } = info;
  const asked = { verb: 'request-serviceaccounts-token-audience', resource: audience, namespace, name };
  if (access.authorizer.decide(user, resourceAttributes(asked)).isAllowed) return undefined;
  const unknown = `audience ${JSON.stringify(audience)} not found in pod spec volume`;
  return `${unknown}, ${user.name} is not authorized to request tokens for this audience`;
}

/** Those of the pod's own volumes, and those that the drivers of its other volumes want; the API server's own is empty. */
function audiencesOf({ cache }: Operation, pod: Pod): string[] {
  const volumes = pod.spec?.volumes ?? [];
  const projected = volumes.flatMap((volume) => volume.projected?.sources ?? []);
  const drivers = [
    ...volumes.map(({ csi }) => csi?.driver),
    ...volumesOf(cache, pod).map(({ spec }) => spec?.csi?.driver),
  ];
  const wanted = drivers.flatMap((key) => {
    const driver = key && cachedObject<CSIDriver>({ cache }, { group: 'storage.k8s.io', plural: 'csidrivers', key });
    return driver ? (driver.spec.tokenRequests ?? []) : [];
  });
  const shown = projected.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
  return [...shown, ...wanted].map(({ audience = '' }) => audience);
}
