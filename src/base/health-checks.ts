// Is a process well? Checks by name, told in upstream's text format. Source: apiserver/pkg/server/healthz.

import type { Labels, Metric } from './metrics/exposition.ts';
import { CounterVector } from './metrics/vectors.ts';

export interface HealthCheck {
  name: string;
  /** Rejects with an Error that says what is wrong. */
  check: (signal: AbortSignal) => Promise<void>;
}

export const pingCheck: HealthCheck = { name: 'ping', check: () => Promise.resolve() };

export interface HealthAnswer {
  code: 200 | 500;
  text: string;
}

export interface HealthQuestion {
  /** `livez`. */
  endpoint: string;
  /** `verbose`, `exclude=<check>`. */
  query: URLSearchParams;
  /** Told of each check that failed, and why. */
  onFailed?: (name: string, error: unknown) => void;
  /** Counts the outcomes. */
  tally?: HealthTally;
}

/** Outcomes of checks that were asked for together, under upstream's names. Source: component-base/metrics/prometheus/slis. */
export class HealthTally {
  readonly #totals = new CounterVector('name', 'status', 'type');
  readonly #last = new Map<string, { labels: Labels; value: number }>();

  /** `type` is the endpoint. */
  checked(name: string, type: string, isWell: boolean): void {
    this.#totals.add(name, isWell ? 'success' : 'error', type);
    this.#last.set(`${type} ${name}`, { labels: { name, type }, value: isWell ? 1 : 0 });
  }

  metrics(): Metric[] {
    const help = 'Result of a health check when it was last asked for.';
    return [
      { name: 'kubernetes_healthcheck', help, type: 'gauge', samples: [...this.#last.values()] },
      this.#totals.metric('kubernetes_healthchecks_total', 'Results of health checks.'),
    ];
  }
}

/** The answer to the question about all of `checks`. Reasons are withheld: anyone may read it. */
export async function answerOfAll(
  checks: readonly HealthCheck[],
  { endpoint, query, onFailed = () => {}, tally }: HealthQuestion,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const excluded = new Set(query.getAll('exclude'));
  const failed: string[] = [];
  const lines = await Promise.all(
    checks.map(async ({ name, check }) => {
      if (excluded.has(name)) return `[+]${name} excluded: ok\n`;
      try {
        await check(signal);
        tally?.checked(name, endpoint, true);
        return `[+]${name} ok\n`;
      } catch (error) {
        tally?.checked(name, endpoint, false);
        onFailed(name, error);
        failed.push(name);
        return `[-]${name} failed: reason withheld\n`;
      }
    }),
  );
  for (const { name } of checks) excluded.delete(name);
  const unknown = [...excluded].toSorted().map((name) => JSON.stringify(name));
  if (unknown.length > 0)
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(',')}\n`);
  const text = lines.join('');
  if (failed.length > 0) return { code: 500, text: `${text}${endpoint} check failed\n` };
  return { code: 200, text: query.has('verbose') ? `${text}${endpoint} check passed\n` : 'ok' };
}

/** The answer to the question about one check, with the reason. */
export async function answerOfOne({ check }: HealthCheck, signal: AbortSignal): Promise<HealthAnswer> {
  try {
    await check(signal);
    return { code: 200, text: 'ok' };
  } catch (error) {
    return { code: 500, text: `internal server error: ${(error as Error).message}\n` };
  }
}
