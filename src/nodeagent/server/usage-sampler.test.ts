import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import type { ContainerUsage } from '../runtime/types.ts';
import { total, UsageSampler } from './usage-sampler.ts';

/** What the runtime says at each look, and the sampler after all of them. */
async function after(looks: (ContainerUsage[] | Error)[]): Promise<UsageSampler> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const waiting = [...looks];
  const usage = async (): Promise<ContainerUsage[]> => {
    const next = waiting.shift();
    if (waiting.length === 0) stop.abort();
    if (next instanceof Error || !next) throw next ?? new Error('asked too often');
    return next;
  };
  const sampler = new UsageSampler({ runtime: { usage }, clock });
  const running = sampler.run(stop.signal);
  while (!stop.signal.aborted) await clock.advance(1000);
  await running;
  return sampler;
}

const used = (cpuNanos: number, memoryBytes = 1024): ContainerUsage => ({ id: 'a', cpuNanos, memoryBytes });

test.each<{ name: string; looks: (ContainerUsage[] | Error)[]; want: object | undefined }>([
  { name: 'seen once -> nothing yet', looks: [[used(5e8)]], want: undefined },
  {
    name: 'seen twice, a second apart -> the rate between',
    looks: [[used(5e8)], [used(7e8, 4096)]],
    want: { cpu: { usageNanoCores: 2e8, usageCoreNanoSeconds: 7e8 }, memory: { workingSetBytes: 4096 } },
  },
  {
    name: 'seen three times, ten seconds apart -> only the last two count',
    looks: [[used(0)], [used(1e9)], [used(6e9)]],
    want: { cpu: { usageNanoCores: 5e8 } },
  },
  { name: 'less than before -> idle', looks: [[used(9e8)], [used(1e8)]], want: { cpu: { usageNanoCores: 0 } } },
  { name: 'a container that has gone -> nothing', looks: [[used(1)], []], want: undefined },
  {
    name: 'a look that fails -> asked again, and the time between counts',
    looks: [[used(0)], new Error('no supervisor'), [used(2e9)]],
    want: { cpu: { usageNanoCores: 1e9 } },
  },
])('usageOf: $name', async ({ looks, want }) => {
  const usage = (await after(looks)).usageOf('a');
  if (want) expect(usage).toMatchObject(want);
  else expect(usage).toBeUndefined();
});

test('total: the sum of all; of nothing, nothing', () => {
  const usage = (nanos: number) => ({
    cpu: { time: 't', usageNanoCores: nanos, usageCoreNanoSeconds: nanos },
    memory: { time: 't', workingSetBytes: nanos },
  });
  expect(total([])).toBeUndefined();
  expect(total([usage(1), usage(2), usage(3)])).toEqual(usage(6));
});
