// amarre state: backs up, restores and moves the objects of a local cluster.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EtcdSpec } from '../localcluster/data-folder.ts';
import type { CommandContext } from './actions.ts';

/** Options that name an etcd; as kube-apiserver's. */
export interface EtcdFlags {
  etcdEndpoints?: string[];
  etcdCafile?: string;
  etcdCertfile?: string;
  etcdKeyfile?: string;
}

/** Adds the options that name an etcd to a command. */
export function withEtcdOptions(command: Command): Command {
  return command
    .option(
      '--etcd-endpoints <urls>',
      'an etcd that holds the state, in place of the data folder: comma-separated URLs',
      urls,
    )
    .option('--etcd-cafile <file>', 'authority of the etcd members’ certificates (PEM)')
    .option('--etcd-certfile <file>', 'client certificate for etcd (PEM)')
    .option('--etcd-keyfile <file>', 'its key (PEM)');
}

/** The etcd that was named; undefined if none was. Throws a RangeError for files without endpoints, and for some of the files alone. */
export function etcdOf(flags: EtcdFlags): EtcdSpec | undefined {
  const { etcdEndpoints, etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  const files = {
    '--etcd-cafile': etcdCafile,
    '--etcd-certfile': etcdCertfile,
    '--etcd-keyfile': etcdKeyfile,
  };
  const given = Object.entries(files).filter(([, path]) => path);
  const missing = Object.keys(files).filter((name) => !given.some(([each]) => each === name));
  const [first] = given;
  if (first && !etcdEndpoints) throw new RangeError(`Cannot use ${first.join(' ')}: no --etcd-endpoints are given`);
  if (first && missing.length > 0)
    throw new RangeError(`Cannot use ${first.join(' ')}: give ${missing.join(' and ')} too`);
  return (
    etcdEndpoints && {
      endpoints: etcdEndpoints,
      ...(etcdCafile && { caFile: etcdCafile }),
      ...(etcdCertfile && { certFile: etcdCertfile }),
      ...(etcdKeyfile && { keyFile: etcdKeyfile }),
    }
  );
}

function urls(text: string): string[] {
  const list = text.split(',').filter((each) => each !== '');
  const bad = list.find((each) => !/^https?:\/\/.+/.test(each));
  if (list.length === 0 || bad !== undefined)
    throw new InvalidArgumentError(`Give URLs such as https://127.0.0.1:2379, found ${JSON.stringify(bad ?? text)}.`);
  return list;
}

export function stateCommand(parent: Command, { actions, terminal, defaultDataDir, signal }: CommandContext): void {
  const state = parent.command('state').description('Back up, restore and move the objects of a local cluster');
  state
    .command('backup <file>')
    .description('Write all objects, as of one moment, to a file; the cluster may run')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .action(async (file: string, { dataDir }: { dataDir: string }) => {
      const { revision } = await actions.backupState({ dataDir, file }, signal);
      terminal.out(`Wrote the objects of revision ${revision} to ${file}\n`);
    });
  state
    .command('restore <file>')
    .description('Put all objects back as a backup has them; the cluster must be stopped')
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .action(async (file: string, { dataDir }: { dataDir: string }) => {
      const { revision, keptIn } = await actions.restoreState({ dataDir, file }, signal);
      terminal.out(`Restored ${file}; the next revision is ${revision + 1}\n`);
      if (keptIn) terminal.out(`What was there before is kept in ${keptIn}\n`);
    });
  const copy = state
    .command('copy')
    .description(
      'Move all objects to etcd or back; the cluster must be stopped. Without --etcd-endpoints, etcd is started with the cluster from then on',
    )
    .option('--data-dir <dir>', 'folder of the cluster', defaultDataDir)
    .addOption(new Option('--to <store>', 'where to').choices(['etcd', 'lmdb']).makeOptionMandatory());
  withEtcdOptions(copy).action(async (flags: EtcdFlags & { dataDir: string; to: 'etcd' | 'lmdb' }) => {
    const { entries, revision, keptIn } = await actions.copyState(
      { dataDir: flags.dataDir, to: flags.to, etcd: etcdOf(flags) },
      signal,
    );
    terminal.out(
      `Copied ${entries} objects to ${flags.to}; the cluster uses it from now on, from revision ${revision}\n`,
    );
    if (keptIn) terminal.out(`What the data folder held before is kept in ${keptIn}\n`);
  });
}
