// Where does a cluster keep its state? In LMDB below its data folder, or in etcd: its own, or one whose endpoints its description names.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isStoreAway } from '../apiserver/store-refusal.ts';
import { abortable } from '../base/abortable.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { StoreForbiddenError } from '../kvstore/errors.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { ClusterSpec, DataFolder, EtcdSpec } from '../localcluster/data-folder.ts';
import { readIdentity } from '../localcluster/pki.ts';
import type { ProcessContext } from './process.ts';

interface OpenDeps {
  clock: Clock;
  log: Logger;
  /** The program of the thread that writes to LMDB; who opens the state for a moment needs none. */
  writer?: string;
}

/** Opens the state of a cluster. Rejects with a sentence for the user if it can't be used. */
export async function openStore(
  { folder, spec }: { folder: DataFolder; spec: Pick<ClusterSpec, 'etcd'> },
  { clock, log, writer }: OpenDeps,
): Promise<RevisionStore> {
  // Loaded here because a process needs one of the two.
  if (!spec.etcd) {
    const { openLmdbStore } = await import('../kvstore/lmdb-store.ts');
    return openLmdbStore({ path: folder.state, log, ...(writer && { writer }) });
  }
  const { openEtcdStore } = await import('../kvstore/etcd-store.ts');
  const tls = spec.etcd.own ? await readIdentity(folder, 'etcd-client') : await readEtcdIdentity(spec.etcd);
  return openEtcdStore({ endpoints: spec.etcd.endpoints, tls, clock, log });
}

const againMs = 200;

/**
 * Opens the state of a cluster, again and again while its etcd can't be reached: a server need not end for that. Rejects
 * with StoreForbiddenError if etcd and this server do not accept each other's certificates, and with the abort reason at
 * once, though an attempt may go on for a while.
 */
export async function untilOpened(
  { folder, spec }: Pick<ProcessContext, 'folder' | 'spec'>,
  deps: OpenDeps,
  signal: AbortSignal,
): Promise<RevisionStore> {
  for (;;) {
    try {
      return await abortable(openStore({ folder, spec }, deps), signal);
    } catch (error) {
      if (signal.aborted || !isStoreAway(error) || error instanceof StoreForbiddenError) throw error;
      deps.log.warn('the state could not be opened yet', { error });
    }
    await deps.clock.sleep(againMs, signal);
  }
}

/** The client's certificate for etcd, if there is one. Rejects with an Error that names the file that can't be used. */
export async function readEtcdIdentity({ caFile, certFile, keyFile }: EtcdSpec): Promise<TlsIdentity | undefined> {
  if (!caFile || !certFile || !keyFile) return undefined;
  const [ca = '', cert = '', key = ''] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  checkPem(caFile, 'certificate', () => new X509Certificate(ca));
  const certificate = checkPem(certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = checkPem(keyFile, 'private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`Cannot use etcd: the key in ${keyFile} is not that of the certificate in ${certFile}`);
  return { ca, cert, key };
}

function checkPem<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`Cannot use etcd: the file ${path} holds no ${what} in PEM`, { cause });
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`Cannot use etcd: the file ${path} can't be read: ${(cause as Error).message}`, { cause });
  }
}
