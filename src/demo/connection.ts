// How does the demo talk to the database? One connection to one address, whose death is always noticed.

import { Socket } from 'node:net';
import pg from 'pg';
import type { Clock } from '../base/clock.ts';
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
  clock: Clock;
  /** Refuse a server that could acknowledge what it has not made durable. */
  assertDurable: boolean;
}

/** The server is up, but acknowledges what a power cut may take back. */
export class NotDurableError extends Error {
  override readonly name = 'NotDurableError';
}

const connectTimeoutMs = 500;
/** Of the connection and the answer to the first question. */
const answerTimeoutMs = 2 * connectTimeoutMs;

export interface Connection {
  readonly server: ServerIdentity;
  query<Row extends pg.QueryResultRow>(name: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** Cuts the connection at once; a query under way rejects. */
  destroy(): void;
}

const never = new AbortController().signal;

/** Connects and asks who answers. Rejects with NotDurableError, with TimeoutError, or with the driver's error. */
export async function connectDatabase({
  endpoint,
  password,
  clock,
  assertDurable,
}: ConnectOptions): Promise<Connection> {
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
    const bounds = { what: `the first answer of PostgreSQL at ${endpoint.address}`, timeoutMs: answerTimeoutMs };
    // A server that dies between the connection and its answer to the question would be waited for without end.
    const settings = await clock.withTimeout({ ...bounds, signal: never }, async (bounded) => {
      bounded.addEventListener('abort', () => socket.destroy(bounded.reason), { once: true });
      await client.connect();
      return (await client.query<Settings>(settingsSql)).rows[0];
    });
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
