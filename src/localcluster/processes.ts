// Which living processes belong to this cluster? Found by their command lines, which name the data folder.

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { statFields } from '../base/process-stat.ts';

export interface FoundProcess {
  pid: number;
  /** `apiserver`, `apiserver-2`, `agent`, `csi-node`, `supervisor`, … */
  program: string;
  /** Only of processes of a node. */
  nodeName: string | undefined;
  /** `T` is stopped: frozen. */
  state: string;
}

const nodePrograms = new Set(['supervisor', 'agent', 'csi-node']);

/** All processes whose command line is `node <script>.js <data folder> [node]`, and the cluster's own etcd. */
export async function findProcesses(dataFolder: string): Promise<FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => inspect(pid, dataFolder)));
  return found.filter((entry) => entry !== undefined);
}

async function inspect(pid: number, dataFolder: string): Promise<FoundProcess | undefined> {
  try {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const parsed = parseCommandLine(argv, dataFolder);
    if (!parsed) return undefined;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return { pid, ...parsed, state: statFields(stat)[0] ?? '' };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

/** Reads a command line of ours; undefined for any other. */
export function parseCommandLine(
  argv: string[],
  dataFolder: string,
): { program: string; nodeName: string | undefined } | undefined {
  if (basename(argv[0] ?? '') === 'etcd' && argv.includes(`--data-dir=${join(dataFolder, 'etcd')}`))
    return { program: 'etcd', nodeName: undefined };
  // Wrappers such as `sh -c` have the same words further back: only the program itself starts with node.
  if (basename(argv[0] ?? '') !== 'node' || argv[2] !== dataFolder) return undefined;
  const script = basename(argv[1] ?? '');
  if (!script.endsWith('.js')) return undefined;
  const program = script.slice(0, -'.js'.length);
  if (nodePrograms.has(program)) return { program, nodeName: argv[3] };
  // Of several control planes all but the first one have a number.
  return { program: /^\d+$/.test(argv[3] ?? '') ? `${program}-${argv[3]}` : program, nodeName: undefined };
}
