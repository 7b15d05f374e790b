// The command `amarre`.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { systemClock } from '../base/system-clock.ts';
import { ExitCode } from '../cli/actions.ts';
import { amarreProgram } from '../cli/program.ts';
import { localActions } from './local-actions.ts';
import { terminationSignal } from './process.ts';
import { version } from './version.ts';

const isRoot = process.getuid?.() === 0;
const dataHome = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share');

const program = amarreProgram(
  {
    actions: localActions,
    clock: systemClock,
    terminal: {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      isInteractive: process.stderr.isTTY,
    },
    defaultDataDir: isRoot ? '/var/lib/amarre' : join(dataHome, 'amarre'),
    signal: terminationSignal(),
  },
  version,
);

void main();

async function main(): Promise<never> {
  try {
    await program.parseAsync();
    process.exit(0);
  } catch (error) {
    // Commander has printed what was wrong with the words.
    if (error instanceof CommanderError) process.exit(error.exitCode);
    if (error instanceof ExitCode) process.exit(error.code);
    process.stderr.write(`amarre: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
