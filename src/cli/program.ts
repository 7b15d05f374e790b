// Which commands does `amarre` have?

import { Command } from 'commander';
import type { CommandContext } from './actions.ts';
import { doctorCommand } from './doctor/command.ts';
import { downCommand } from './down.ts';
import { nodeCommand } from './node.ts';
import { rotateCommand } from './rotate.ts';
import { stateCommand } from './state.ts';
import { statusCommand } from './status.ts';
import { upCommand } from './up.ts';

/** The command line. Parse errors throw CommanderError; what a command rejects with is the user's to read. */
export function amarreProgram(context: CommandContext, version: string): Command {
  // Commands inherit what is set before they are made.
  const program = new Command('amarre')
    .description('A storage control plane for stateful applications that speaks the Kubernetes API')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: context.terminal.out, writeErr: context.terminal.err });
  const commands = [upCommand, downCommand, statusCommand, nodeCommand, rotateCommand, doctorCommand, stateCommand];
  for (const command of commands) command(program, context);
  return program;
}
