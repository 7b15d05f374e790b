// Step 3: the claim asks for more, and the file system grows under the running database.

import { persistentVolumeClaims } from '../../apis/resources.ts';
import { claimName, currentPod, inContainer, namespace, type Step, until } from '../context.ts';

const wanted = '2Gi';
const wantedBytes = 2 * 2 ** 30;

export const growStep: Step = {
  id: 'grow',
  title: `Growing the volume to ${wanted}`,
  timeoutMs: 60_000,
  async run(context, signal) {
    const { client, clock, facts } = context;
    if (facts.volumes === 'directory') return { note: 'not offered: a folder has no size of its own' };
    const pod = await currentPod(context, signal);
    const before = await fileSystemBytes();
    const began = clock.monotonic();
    await client.patch(
      persistentVolumeClaims,
      { at: { namespace, name: claimName }, body: { spec: { resources: { requests: { storage: wanted } } } } },
      signal,
    );
    await until(
      async (bounded) => {
        const claim = await client.get(persistentVolumeClaims, { namespace, name: claimName }, bounded);
        return claim.status?.capacity?.['storage'] === wanted ? claim : undefined;
      },
      context,
      signal,
    );
    const grownMs = clock.monotonic() - began;
    const after = await fileSystemBytes();
    const restarted = (await currentPod(context, signal)).metadata.uid !== pod.metadata.uid;
    // A file system keeps a part for itself: most of the difference must have arrived, not all.
    if (restarted || after - before < 0.9 * (wantedBytes - wantedBytes / 2)) {
      throw new Error(
        `The claim says ${wanted}, the file system has ${after} bytes (before: ${before})${restarted ? ', and the pod was replaced' : ''}`,
      );
    }
    return { grownMs, fileSystemMiB: Math.round(after / 2 ** 20) };

    async function fileSystemBytes(): Promise<number> {
      const output = await inContainer(context, 'df --output=size --block-size=1 "$(dirname "$PGDATA")"', signal);
      return Number(output.trim().split('\n').at(-1));
    }
  },
};
