// How do tests get the PostgreSQL of examples/postgres.yaml without a cluster? Its own scripts, run here by an ordinary user.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from '../base/poll.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import type { Endpoint } from './connection.ts';
import { parseManifests } from './manifests.ts';

const run = promisify(execFile);
const nobody = 65_534;

/** A server under test. `remove` stops it and deletes its folder. */
export class LocalPostgres {
  readonly endpoint: Endpoint;
  readonly password = 'a test';
  readonly folder: string;
  readonly #env: Record<string, string>;
  #server: ChildProcess | undefined;

  constructor(options: { port: number; quiesceSeconds?: number; postgresOptions?: string }) {
    this.endpoint = { podUid: 'local', address: '127.0.0.1', port: options.port };
    this.folder = mkdtempSync('/tmp/amarre-postgres-');
    const scripts = join(this.folder, 'scripts');
    for (const folder of [scripts, join(this.folder, 'data'), join(this.folder, 'hooks')]) mkdirSync(folder);
    const manifests = parseManifests(readFileSync(join(import.meta.dirname, '../../examples/postgres.yaml'), 'utf8'));
    const config = manifests.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
    for (const [name, text] of Object.entries(config.data)) writeFileSync(join(scripts, name), text);
    chmodSync(this.folder, 0o755);
    if (isRoot) for (const folder of ['data', 'hooks']) chownSync(join(this.folder, folder), nobody, nobody);
    this.#env = {
      PATH: '/usr/bin:/bin',
      PGDATA: join(this.folder, 'data/pgdata'),
      PGHOST: '127.0.0.1',
      PGPORT: String(options.port),
      PGUSER: 'postgres',
      PGDATABASE: 'postgres',
      PGPASSWORD: this.password,
      PGCONNECT_TIMEOUT: '5',
      HOOK_DIR: join(this.folder, 'hooks'),
      QUIESCE_SECONDS: String(options.quiesceSeconds ?? 20),
      POSTGRES_OPTIONS: options.postgresOptions ?? '',
    };
  }

  /** Runs the start script until the server takes connections. */
  async start(signal: AbortSignal): Promise<void> {
    const { program, args } = this.#command('start');
    this.#server = spawn(program, args, { env: this.#env, stdio: 'ignore' });
    await pollUntil(
      () =>
        this.script('ready').then(
          () => true,
          () => false,
        ),
      { clock, signal, intervalMs: 50 },
    );
  }

  /** Runs one script of the example to its end. Rejects with what it printed to standard error if it fails. */
  async script(name: 'ready' | 'quiesce' | 'thaw'): Promise<void> {
    const { program, args } = this.#command(name);
    await run(program, args, { env: this.#env });
  }

  /** Text of a file of the hooks. */
  hookFile(name: string): string {
    return readFileSync(join(this.folder, 'hooks', name), 'utf8');
  }

  /** SIGKILL of the postmaster and everything below it. */
  crash(): void {
    const [pid = ''] = readFileSync(join(this.folder, 'data/pgdata/postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
  }

  /** What a kubelet does first; gives the exit code of the start script. */
  async stop(): Promise<number | null> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return server?.exitCode ?? null;
    server.kill('SIGTERM');
    const [code] = (await once(server, 'exit')) as [number | null];
    return code;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #command(script: string): { program: string; args: string[] } {
    const bash = ['bash', join(this.folder, 'scripts', script)];
    // PostgreSQL refuses to run as root.
    const drop = isRoot ? ['setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'] : [];
    const [program = '', ...args] = [...drop, ...bash];
    return { program, args };
  }
}

const isRoot = process.getuid?.() === 0;
