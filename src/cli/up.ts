// amarre up: starts a local cluster.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { quantityToNumber } from '../apimachinery/quantity.ts';
import { defaults } from '../localcluster/plan.ts';
import type { CommandContext } from './actions.ts';
import { type EtcdFlags, etcdOf, withEtcdOptions } from './state.ts';

interface UpFlags extends EtcdFlags {
  dataDir: string;
  nodes?: number;
  zones?: number;
  port?: number;
  controlPlanes?: number;
  poolSize?: number;
  store?: 'lmdb' | 'etcd';
  mode: 'auto' | 'block' | 'directory';
  keepGenerations?: boolean;
  detach?: boolean;
}

export function upCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  withEtcdOptions(parent.command('up'))
    .description('Start a local cluster: API server, controllers, CSI driver and nodes')
    .option('--data-dir <dir>', 'folder for all state', defaultDataDir)
    .option('--nodes <n>', `number of nodes (default: ${defaults.nodes})`, wholeNumber)
    .option('--zones <n>', `number of zones that the nodes are spread over (default: ${defaults.zones})`, wholeNumber)
    .option('--port <port>', `port of the API server (default: ${defaults.port})`, wholeNumber)
    .option(
      '--control-planes <n>',
      'number of API servers over one etcd, each with controllers that stand by (default: 1)',
      wholeNumber,
    )
    .option('--pool-size <quantity>', 'size of the pool of volumes (default: 8Gi)', byteQuantity)
    .addOption(new Option('--mode <mode>', 'kind of volumes').choices(['auto', 'block', 'directory']).default('auto'))
    .addOption(
      new Option(
        '--store <store>',
        'where a new cluster keeps its state; etcd is started with it, unless --etcd-endpoints name one (default: lmdb)',
      ).choices(['lmdb', 'etcd']),
    )
    .option('--keep-generations', 'keep what a fence cut off from volumes, to compare it with its cut')
    .option('--detach', 'return once the cluster is ready')
    .action(async (flags: UpFlags) => {
      const {
        poolSize,
        detach,
        etcdEndpoints: _urls,
        etcdCafile: _ca,
        etcdCertfile: _cert,
        etcdKeyfile: _key,
        ...rest
      } = flags;
      const etcd = etcdOf(flags);
      const progress = (text: string): void => {
        if (terminal.isInteractive) terminal.err(`${text}\n`);
      };
      const result = await actions.up({ ...rest, poolBytes: poolSize, ...(etcd && { etcd }) }, progress, signal);
      terminal.out(
        [
          `Amarre is up after ${(result.readyAfterMs / 1000).toFixed(1)} s: ${counted(result.nodes, 'node')} in ${counted(result.zones, 'zone')}, ${result.volumes} volumes, API at ${result.server}`,
          ...result.notes.map((note) => `  note: ${note}`),
          `  kubectl --kubeconfig ${result.kubeconfig} get nodes`,
          `  amarre status --data-dir ${flags.dataDir}`,
          '',
        ].join('\n'),
      );
      if (detach) return;
      terminal.out('Press Ctrl-C to stop it.\n');
      await actions.untilInterrupted(signal);
      terminal.err('Stopping …\n');
      // The signal has said what it had to say; a second interrupt ends this process.
      await actions.down({ dataDir: flags.dataDir, purge: false }, new AbortController().signal);
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function byteQuantity(text: string): number {
  try {
    return quantityToNumber(text);
  } catch (error) {
    throw new InvalidArgumentError(`Give a quantity such as 16Gi: ${(error as Error).message}`);
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
