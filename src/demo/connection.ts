// How does the demo talk to the database? One connection to one address, whose death is always noticed.

import { Socket } from 'node:net';
import pg from 'pg';
import type { ServerIdentity } from './write-history.ts';

/** A database server that can be tried, and the pod that it runs in. */
export interface Endpoint {
  podUid: string;
  address: string;
  port: number;
}

export interface ConnectOptions {
  endpoint: Endpoint;
  password: string;
  /** Refuse a server that could acknowledge what it has not made durable. */
  assertDurable: boolean;
}

/** The server is up, but acknowledges what a power cut may take back. */
export class NotDurableError extends Error {
  override readonly name = 'NotDurableError';
}

const connectTimeoutMs = 500;

export interface Connection {
  readonly server: ServerIdentity;
  query<Row extends pg.QueryResultRow>(name: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** Cuts the connection at once; a query under way rejects. */
  destroy(): void;
}

/** Connects and asks who answers. Rejects with NotDurableError, or with the driver's error. */
export async function connectDatabase({ endpoint, password, assertDurable }: ConnectOptions): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({
    host: endpoint.address,
    port: endpoint.port,
    user: 'postgres',
    database: 'postgres',
    password,
    application_name: 'amarre-demo',
    connectionTimeoutMillis: connectTimeoutMs,
    stream: () => socket,
  });
  // A broken connection also rejects the query under way, where it is dealt with.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Settings>(settingsSql);
    const settings = rows[0];
    if (!settings) throw new Error('PostgreSQL did not tell its settings');
    if (assertDurable && (settings.fsync !== 'on' || settings.synchronous_commit !== 'on')) {
      throw new NotDurableError(
        `PostgreSQL acknowledges what is not on the disk: fsync = ${settings.fsync}, synchronous_commit = ${settings.synchronous_commit}`,
      );
    }
    return {
      server: { podUid: endpoint.podUid, address: endpoint.address, startedAt: settings.started_at },
      async query<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []) {
        return (await client.query<Row>({ name, text, values })).rows;
      },
      destroy: () => void socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

interface Settings {
  fsync: string;
  synchronous_commit: string;
  started_at: string;
}

const settingsSql = `
  SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
         pg_postmaster_start_time()::text AS started_at
`;
