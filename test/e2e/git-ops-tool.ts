// What does a cluster see of a tool that applies manifests? What it applies, and events about how that went.

import { rfc3339 } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import type { DoctorRun } from './doctor-run.ts';

const component = 'git-ops-tool';

/** Applies the manifest as GitOps controllers do: a failure is a Warning on the object that stands for it, success a Normal. */
export async function applyAsTool(world: DoctorRun, name: string, manifest: object): Promise<void> {
  const namespace = 'shop';
  const about = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  const { code, stderr } = await world.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  const now = rfc3339(systemClock.now());
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}-`, namespace },
    involvedObject: about,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    ...(code === 0
      ? { type: 'Normal', reason: 'ReconciliationSucceeded', message: 'Applied' }
      : { type: 'Warning', reason: 'ReconciliationFailed', message: stderr.trim() }),
  };
  const { code: told, stderr: why } = await world.kubectl(['create', '-f', '-'], { input: JSON.stringify(event) });
  if (told !== 0) throw new Error(`kubectl failed: ${why}`);
}
