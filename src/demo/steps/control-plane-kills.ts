// Does it cost the application anything when the control plane dies? Ten times, and its pod must not notice.

import { pods } from '../../apis/resources.ts';
import { type DemoContext, namespace, podName, type Step, until } from '../context.ts';
import { controlPlane, killOne } from '../kills.ts';
import { isReady } from '../service-endpoint.ts';

const killCount = 10;
const pauseMs = 250;

const wrongfulFenceMs = 5_000;

/** What a long absence of the API server does where the storage offers no Gate. */
const switchStopsPods =
  "the dead-man's switch stops a node's pods when the API server stays away for longer than it waits";

export const controlPlaneKillsStep: Step = {
  id: 'control-plane-kills',
  title: `Killing the control plane ${killCount} times`,
  timeoutMs: 90_000,
  async run(context, signal) {
    const { clock, facts, measurements, progress } = context;
    const before = await podState(context, signal);
    const killed: string[] = [];
    while (killed.length < killCount) {
      const kill = await killOne({ ...context, names: controlPlane }, signal);
      if (kill) killed.push(kill.name);
      if (kill) progress.note(`killed ${kill.name}`);
      await clock.sleep(pauseMs, signal);
    }
    // A node that was wrongly taken for dead would lose its pods only after it was suspected.
    await clock.sleep(wrongfulFenceMs, signal);
    const after = await until(
      async (bounded) => {
        const state = await podState(context, bounded);
        return state.ready ? state : undefined;
      },
      context,
      signal,
    );
    // A replaced pod is a restart that its own counter does not show.
    const replaced = after.uid === before.uid ? 0 : 1;
    const restarts = after.restarts - (replaced ? 0 : before.restarts) + replaced;
    // Kills in a row can keep the API server away for as long as an armed switch waits.
    const isSwitchArmed = facts.volumes === 'directory' && restarts > 0;
    measurements['restarts-by-control-plane-kills'] = isSwitchArmed ? 'not-offered' : restarts;
    return {
      kills: killed.length,
      of: [...new Set(killed)],
      restarts,
      ...(isSwitchArmed && { weaker: switchStopsPods }),
    };
  },
};

async function podState({ client }: DemoContext, signal: AbortSignal) {
  const pod = await client.get(pods, { namespace, name: podName }, signal);
  const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return { uid: pod.metadata.uid, restarts, ready: isReady(pod) };
}
