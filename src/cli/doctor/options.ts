// What may be asked of the doctor? Parses the words of the command line.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { epochMsOf } from '../../base/clock.ts';
import { type Severity, severities } from '../../doctor/finding.ts';
import type { Rule } from '../../doctor/rule.ts';
import { allRules } from '../../doctor/rules/all.ts';
import { type Format, formats } from './formats.ts';

export interface DoctorFlags {
  namespace?: string;
  allNamespaces?: boolean;
  context?: string;
  kubeconfig?: string;
  from?: string[];
  /** Milliseconds since the epoch. */
  at?: number;
  output: Format;
  only?: readonly Rule[];
  minSeverity: Severity;
  failOn: Severity | 'never';
  watch?: boolean;
  /** Seconds. */
  interval: number;
  metricsAddress?: { host: string; port: number };
  /** Seconds. */
  requestTimeout: number;
  /** Minutes. */
  grace?: number;
  /** Hours. */
  rpo?: number;
}

export function doctorOptions(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', "only what concerns this namespace; the context's by default")
    .option('-A, --all-namespaces', 'everything')
    .option('--context <context>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig; $KUBECONFIG or ~/.kube/config by default')
    .option('--from <path...>', 'files or folders of a dump, or - for standard input, instead of a cluster')
    .option('--at <time>', 'moment of the dump (RFC 3339), if it does not show it', parseTime)
    .addOption(new Option('-o, --output <format>', 'form of the report').choices(formats).default('table'))
    .option('--only <rules>', 'only these rules, by id, with commas between', parseRules)
    .addOption(
      new Option('--min-severity <severity>', 'leave out what is less severe')
        .argParser(parseSeverity)
        .default('Low', 'Low'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 from this severity on; never: whatever is found')
        .argParser(parseFailOn)
        .default('Low', 'Low'),
    )
    .option('--watch', 'look again and again, and say what changes')
    .option('--interval <seconds>', 'pause between two looks', parseSeconds, 30)
    .option('--metrics-address <host:port>', 'with --watch: Prometheus metrics on this loopback address', parseLoopback)
    .option('--request-timeout <seconds>', 'patience with one answer of the API server', parseSeconds, 30)
    .option('--grace <minutes>', 'what is under way for less is no fault yet; 5 by default', parsePositive)
    .option('--rpo <hours>', 'how old the newest good copy may be; 24 by default', parsePositive);
}

/** The rule of that id. Throws InvalidArgumentError. */
export function ruleNamed(id: string): Rule {
  const rule = allRules.find((each) => each.id === id.trim().toUpperCase());
  if (!rule) throw new InvalidArgumentError(`There is no rule "${id}"; \`amarre doctor rules\` lists them`);
  return rule;
}

export function parseRules(text: string, previous: readonly Rule[] = []): readonly Rule[] {
  return [...previous, ...text.split(',').map(ruleNamed)];
}

function parseSeverity(text: string): Severity {
  const found = severities.find((each) => each.toLowerCase() === text.toLowerCase());
  if (!found) throw new InvalidArgumentError(`Severities are ${severities.join(', ')}.`);
  return found;
}

function parseFailOn(text: string): Severity | 'never' {
  return text === 'never' ? text : parseSeverity(text);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new InvalidArgumentError('Must be a number of seconds above 0.');
  return seconds;
}

function parsePositive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Must be a number above 0.');
  return number;
}

function parseTime(text: string): number {
  const at = epochMsOf(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('Must be a time such as 2026-06-01T12:00:00Z.');
  return at;
}

/** Whoever can ask sees all findings, so that only this machine may. */
function parseLoopback(text: string): { host: string; port: number } {
  const match = /^(127(?:\.\d+){3}|localhost|\[::1\])?:(\d+)$/.exec(text);
  if (!match || Number(match[2]) > 65_535)
    throw new InvalidArgumentError('Must be a loopback address and a port, such as 127.0.0.1:9464.');
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}
