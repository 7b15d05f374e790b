// How much CPU and memory do the containers of this node use? Looked at again and again, since CPU is a rate.

import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Runtime } from '../runtime/types.ts';

/** As the kubelet's summary writes it. */
export interface CpuAndMemory {
  cpu: { time: string; usageNanoCores: number; usageCoreNanoSeconds: number };
  memory: { time: string; workingSetBytes: number };
}

/** The kubelet looks as often. */
const intervalMs = 10_000;
/** The second look comes early, so that there is a rate soon. */
const firstIntervalMs = 1000;

interface Look {
  /** Of the monotonic clock. */
  atMs: number;
  time: string;
  amounts: Map<string, { cpuNanos: number; memoryBytes: number }>;
}

export interface SamplerDeps {
  runtime: Pick<Runtime, 'usage'>;
  clock: Clock;
}

/** Keeps the last two looks; `run` takes them. */
export class UsageSampler {
  readonly #deps: SamplerDeps;
  #looks: Look[] = [];

  constructor(deps: SamplerDeps) {
    this.#deps = deps;
  }

  /** Looks until `signal` aborts. A runtime that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      await this.#look(signal);
      await clock.sleep(this.#looks.length < 2 ? firstIntervalMs : intervalMs, signal).catch(() => {});
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#deps;
    const found = await runtime.usage(signal).catch(() => undefined);
    if (!found) return;
    const amounts = new Map(found.map(({ id, ...rest }) => [id, rest]));
    this.#looks = [...this.#looks.slice(-1), { atMs: clock.monotonic(), time: rfc3339(clock.now()), amounts }];
  }

  /** What a container uses; undefined until it was seen twice. */
  usageOf(containerId: string): CpuAndMemory | undefined {
    const [before, now] = this.#looks;
    const [then, current] = [before?.amounts.get(containerId), now?.amounts.get(containerId)];
    if (!before || !now || !then || !current || now.atMs <= before.atMs) return undefined;
    // Processes that end without being waited for take their time with them.
    const nanos = Math.max(0, current.cpuNanos - then.cpuNanos);
    return {
      cpu: {
        time: now.time,
        usageNanoCores: Math.round((nanos * 1000) / (now.atMs - before.atMs)),
        usageCoreNanoSeconds: current.cpuNanos,
      },
      memory: { time: now.time, workingSetBytes: current.memoryBytes },
    };
  }
}

/** The sum; undefined of nothing. Pure. */
export function total(usages: readonly CpuAndMemory[]): CpuAndMemory | undefined {
  const [first, ...others] = usages;
  return others.reduce<CpuAndMemory | undefined>(
    (sum, { cpu, memory }) =>
      sum && {
        cpu: {
          ...sum.cpu,
          usageNanoCores: sum.cpu.usageNanoCores + cpu.usageNanoCores,
          usageCoreNanoSeconds: sum.cpu.usageCoreNanoSeconds + cpu.usageCoreNanoSeconds,
        },
        memory: { ...sum.memory, workingSetBytes: sum.memory.workingSetBytes + memory.workingSetBytes },
      },
    first,
  );
}
