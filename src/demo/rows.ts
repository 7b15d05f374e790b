// What does the demo's writer put into the database? Rows that prove themselves: a number and its hash.

import { createHash } from 'node:crypto';

/** One row, as read back. */
export interface StoredRow {
  sequence: number;
  token: string;
  payload: string;
}

/** The payload of a row: a hash of its number, so that a wrong or mixed-up row shows. */
export function payloadOf(sequence: number): string {
  return createHash('sha256').update(`amarre row ${sequence}`).digest('hex');
}

/** Run once. The counter's row makes writers commit one after another: numbers are dense, and order is commit order. */
export const schemaSql = `
  CREATE TABLE IF NOT EXISTS demo_counter (id int PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 10);
  CREATE TABLE IF NOT EXISTS demo_rows (sequence bigint PRIMARY KEY, token uuid NOT NULL UNIQUE, payload text NOT NULL);
  INSERT INTO demo_counter VALUES (1, 0) ON CONFLICT DO NOTHING;
`;

/**
 * Takes the next number and writes its row in one transaction. $1 is the token that makes a repeat harmless.
 * An image of the database at any instant therefore holds exactly the rows 1..k.
 */
export const insertSql = `
  WITH next AS (UPDATE demo_counter SET value = value + 1 WHERE id = 1 RETURNING value)
  INSERT INTO demo_rows (sequence, token, payload)
  SELECT value, $1::uuid, encode(sha256(convert_to('amarre row ' || value, 'UTF8')), 'hex') FROM next
  RETURNING sequence
`;

export const findSql = 'SELECT sequence FROM demo_rows WHERE token = $1::uuid';
export const readAllSql = 'SELECT sequence, token::text AS token, payload FROM demo_rows ORDER BY sequence';

/** SQLSTATE of a row that was written already by an earlier send of the same token. */
export const uniqueViolation = '23505';
