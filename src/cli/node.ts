// amarre node: lists nodes, and breaks and mends them on purpose.

import { type Command, Option } from 'commander';
import type { Fault } from '../localcluster/faults.ts';
import type { CommandContext } from './actions.ts';
import { renderNodes } from './status.ts';

const descriptions: Record<Fault, string> = {
  kill: 'Cut the power: block devices first, then every process; the control plane is told nothing',
  freeze: 'Stop the agent and the CSI node plugin; containers go on',
  thaw: 'Let a frozen agent and CSI node plugin go on',
  partition: 'Cut the node off from the API server',
  heal: 'End a partition; switch a killed node on again',
};

const outcomes: Record<Fault, string> = {
  kill: 'is switched off',
  freeze: 'has a frozen agent',
  thaw: 'is not frozen any more',
  partition: 'is cut off from the API server',
  heal: 'is healed',
};

export function nodeCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  const node = parent.command('node').description('List the nodes of a local cluster, break and mend them');
  node
    .command('list')
    .description('List the nodes')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .action(async ({ dataDir, output }: { dataDir: string; output: 'table' | 'json' }) => {
      const status = await actions.status(dataDir, signal);
      terminal.out(`${output === 'json' ? JSON.stringify(status.nodes, undefined, 2) : renderNodes(status)}\n`);
    });
  for (const fault of Object.keys(descriptions) as Fault[]) {
    node
      .command(`${fault} <name>`)
      .description(descriptions[fault])
      .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
      .action(async (nodeName: string, { dataDir }: { dataDir: string }) => {
        await actions.fault({ dataDir, fault, nodeName }, signal);
        terminal.out(`${nodeName} ${outcomes[fault]}\n`);
      });
  }
}
