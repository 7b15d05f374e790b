// amarre doctor: why is it stuck, and what is safe to do?

import { type Command, CommanderError } from 'commander';
import { examine } from '../../doctor/examine.ts';
import { CannotLookError, type Reading } from '../../doctor/read/reading.ts';
import { isWorse, type Report, reportOf } from '../../doctor/report/report.ts';
import { allRules } from '../../doctor/rules/all.ts';
import { defaultSettings, type Settings } from '../../doctor/settings.ts';
import { kindsFor } from '../../doctor/snapshot/needed-kinds.ts';
import { type CommandContext, ExitCode } from '../actions.ts';
import { render } from './formats.ts';
import { type DoctorFlags, doctorOptions } from './options.ts';
import { pageCommands } from './pages.ts';
import { watchCluster } from './watch.ts';

/** Exit code for whoever asks: it could not be looked. 1 means that something was found. */
const couldNotLook = 2;

export function doctorCommand(parent: Command, context: CommandContext): void {
  const doctor = parent.command('doctor').description('Find out why storage is stuck, and what is safe to do');
  doctorOptions(doctor)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(couldNotLook, error.code, error.message);
    })
    .action((flags: DoctorFlags) => looked(context, () => (flags.watch ? watch : lookOnce)(context, flags)));
  pageCommands(doctor, context.terminal);
}

/** Whatever keeps the doctor from looking is told apart from what it finds. */
async function looked({ terminal, signal }: CommandContext, look: () => Promise<number>): Promise<void> {
  let code: number;
  try {
    code = await look();
  } catch (error) {
    signal.throwIfAborted();
    terminal.err(`amarre doctor: ${(error as Error).message}\n`);
    code = couldNotLook;
  }
  if (code !== 0) throw new ExitCode(code);
}

/** Ends only when the user interrupts. */
async function watch(context: CommandContext, flags: DoctorFlags): Promise<number> {
  if (flags.from) throw new CannotLookError('Cannot watch a dump: it does not change; leave out --watch or --from');
  const { signal } = context;
  const look = async (bounded: AbortSignal): Promise<Report> => {
    const { reading, namespace } = await read(context, flags, bounded);
    return reportFor(reading, { flags, namespace });
  };
  const { interval, metricsAddress } = flags;
  await watchCluster(context, { look, intervalMs: interval * 1000, metricsAddress }, signal);
  return 0;
}

async function lookOnce(context: CommandContext, flags: DoctorFlags): Promise<number> {
  if (flags.metricsAddress)
    throw new CannotLookError('Cannot serve metrics of one look: --metrics-address needs --watch');
  const { terminal, signal } = context;
  const { reading, namespace } = await read(context, flags, signal);
  const report = reportFor(reading, { flags, namespace });
  terminal.out(render(report, flags.output));
  return exitCodeOf(report, flags);
}

function reportFor(
  reading: Reading,
  { flags, namespace }: { flags: DoctorFlags; namespace: string | undefined },
): Report {
  const { only: rules = allRules, minSeverity } = flags;
  return reportOf(reading, examine(reading.snapshot, rules, settingsOf(flags)), { rules, namespace, minSeverity });
}

function settingsOf({ grace, rpo }: DoctorFlags): Settings {
  return {
    ...defaultSettings,
    ...(grace !== undefined && { graceMs: grace * 60_000 }),
    ...(rpo !== undefined && { rpoMs: rpo * 3_600_000 }),
  };
}

function exitCodeOf({ findings }: Report, { failOn }: DoctorFlags): number {
  if (failOn === 'never') return 0;
  return findings.some(({ finding }) => isWorse(finding.severity, failOn)) ? 1 : 0;
}

async function read(
  { actions }: CommandContext,
  flags: DoctorFlags,
  signal: AbortSignal,
): Promise<{ reading: Reading; namespace: string | undefined }> {
  if (flags.from) {
    const reading = await actions.readDump({ paths: flags.from, atMs: flags.at }, signal);
    return { reading, namespace: flags.allNamespaces ? undefined : flags.namespace };
  }
  const cluster = await actions.openCluster(
    { kubeconfig: flags.kubeconfig, context: flags.context, requestTimeoutMs: flags.requestTimeout * 1000 },
    signal,
  );
  try {
    const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? cluster.namespace);
    const reading = await cluster.read({ kinds: kindsFor(flags.only ?? allRules), namespace }, signal);
    return { reading, namespace };
  } finally {
    cluster.close();
  }
}
