// Of which moment is a dump? Of the newest thing that it shows to have happened.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { epochMsOf } from '../../../base/clock.ts';
import type { KindName } from '../../snapshot/kinds.ts';

type Dated = KubeObject & {
  spec?: { renewTime?: string };
  status?: { conditions?: { lastHeartbeatTime?: string; lastTransitionTime?: string }[]; startTime?: string };
  lastTimestamp?: string;
  eventTime?: string;
  firstTimestamp?: string;
  series?: { lastObservedTime?: string };
};

/** The newest time at which something has happened to the object; 0 if it shows none. Times that lie ahead don't count. */
export function newestMs(object: KubeObject, kind: KindName, nowMs: number): number {
  let newest = 0;
  for (const stamp of stampsOf(object, kind)) {
    if (typeof stamp !== 'string') continue;
    const at = epochMsOf(stamp);
    if (at > newest && at <= nowMs) newest = at;
  }
  return newest;
}

function stampsOf(object: Dated, kind: KindName): unknown[] {
  const { creationTimestamp } = object.metadata;
  switch (kind) {
    case 'leases':
      return [object.spec?.renewTime, creationTimestamp];
    case 'events':
      return [object.series?.lastObservedTime, object.lastTimestamp, object.eventTime, creationTimestamp];
    case 'nodes':
    case 'pods': {
      const conditions = object.status?.conditions;
      if (!Array.isArray(conditions)) return [creationTimestamp];
      return [creationTimestamp, ...conditions.flatMap((each) => [each?.lastHeartbeatTime, each?.lastTransitionTime])];
    }
    default:
      return [creationTimestamp];
  }
}
