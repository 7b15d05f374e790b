// amarre status: the processes and nodes of a local cluster.

import { type Command, Option } from 'commander';
import type { ClusterStatus } from '../localcluster/status.ts';
import type { CommandContext } from './actions.ts';
import { renderTable } from './table.ts';

export function statusCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  parent
    .command('status')
    .description('Show the processes and nodes of a local cluster')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'))
    .action(async ({ dataDir, output }: { dataDir: string; output: 'table' | 'json' }) => {
      const status = await actions.status(dataDir, signal);
      terminal.out(output === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : renderStatus(status));
    });
}

/** The status as text for a terminal. */
export function renderStatus(status: ClusterStatus): string {
  const components = renderTable(
    ['component', 'node', 'state', 'pid', 'metrics'],
    status.components.map(({ name, node, state, pid, metrics }) => [
      name,
      node ?? '-',
      state,
      pid === undefined ? '-' : String(pid),
      metrics ?? '-',
    ]),
  );
  const network = status.network === 'namespaces' ? 'network namespaces' : 'loopback addresses';
  return `${status.dataDir}: ${status.volumes} volumes, ${network}, API at ${status.server}\n\n${components}\n\n${renderNodes(status)}\n`;
}

/** The nodes alone, as `amarre node list` prints them. */
export function renderNodes(status: ClusterStatus): string {
  return renderTable(
    ['node', 'ready', 'zone', 'address', 'power', 'link', 'agent'],
    status.nodes.map(({ name, ready, zone, address, power, link, agent }) => [
      name,
      ready,
      zone,
      address,
      power,
      link,
      agent,
    ]),
  );
}
