// amarre down: stops a local cluster and gives back what the machine lent.

import type { Command } from 'commander';
import type { CommandContext } from './actions.ts';

export function downCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  parent
    .command('down')
    .description('Stop a local cluster; its data stays')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .option('--purge', 'also delete the data folder with every volume and backup in it')
    .action(async ({ dataDir, purge = false }: { dataDir: string; purge?: boolean }) => {
      await actions.down({ dataDir, purge }, signal);
      terminal.out(
        purge ? `Stopped the cluster and deleted ${dataDir}\n` : `Stopped the cluster; its data stays in ${dataDir}\n`,
      );
    });
}
