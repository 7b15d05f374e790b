// How are metrics written down? The text format of Prometheus, version 0.0.4.

export type Labels = Record<string, string>;

/** One metric with all its series. */
export interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples: Sample[];
}

export interface Sample {
  /** Behind the metric's name: `_bucket`, `_sum`, `_count` of a histogram. */
  suffix?: string;
  labels: Labels;
  value: number;
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

/** As Go's client of Prometheus writes it: a bound is a label, by whose text series are told apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A metric of one series without labels. */
export function single(metric: Omit<Metric, 'samples'>, value: number): Metric {
  return { ...metric, samples: [{ labels: {}, value }] };
}

/** The body of the answer to a scrape. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(written).join('');
}

function written({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${braced(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}
