// amarre rotate: gives a local cluster new keys while it runs.

import type { Command } from 'commander';
import type { CommandContext } from './actions.ts';

export function rotateCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  const rotate = parent.command('rotate').description('Give a local cluster new keys');
  rotate
    .command('encryption-key')
    .description('Encrypt Secrets with a new key, and every stored one anew; the old key is removed')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .action(async ({ dataDir }: { dataDir: string }) => {
      const name = await actions.rotateEncryptionKey(dataDir, signal);
      terminal.out(`Everything is encrypted with the key ${name}; older keys are removed\n`);
    });
  rotate
    .command('token-key')
    .description('Sign service account tokens with a new key; tokens of older keys hold until they expire')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .action(async ({ dataDir }: { dataDir: string }) => {
      const path = await actions.rotateTokenKey(dataDir, signal);
      terminal.out(
        `New tokens are signed with a new key; remove older ones from ${path} when their tokens have expired\n`,
      );
    });
}
