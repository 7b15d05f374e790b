// How does a person's tool get to a cluster? By a kubeconfig as kubectl reads it: several files, certificates,
// tokens, credential plugins.

import type { Clock } from '../base/clock.ts';
import { execCredential } from './exec-credential.ts';
import {
  type ClientTls,
  chooseContext,
  clientTls,
  KubeconfigError,
  type KubeconfigOptions,
  readNear,
  serverTls,
  type UserFields,
} from './kubeconfig.ts';

export interface ClusterAccess {
  context: string;
  /** `https://host:port/prefix`. */
  server: string;
  /** Of the context; `default` if it names none. */
  namespace: string;
  tls: ClientTls;
  /** Value of the header `authorization`. */
  authorization: string | undefined;
}

/** Reads the way to a cluster. Rejects with KubeconfigError that says what is missing where. */
export async function loadClusterAccess(
  options: KubeconfigOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { name, where, server, namespace, cluster, user } = await chooseContext(options);
  const { fields, file } = user;
  const fromExec = fields.exec ? await execCredential(fields.exec, { clock, server }, signal) : undefined;
  if (fields['auth-provider'])
    throw new KubeconfigError(
      `User "${user.name}" of ${where} logs in by the auth provider "${fields['auth-provider'].name ?? ''}", which kubectl dropped with 1.26; use its exec plugin`,
    );
  const plugin = fromExec?.cert && fromExec.key ? { cert: fromExec.cert, key: fromExec.key } : {};
  return {
    context: name,
    server: server.replace(/\/+$/, ''),
    namespace,
    tls: { ...(await serverTls(cluster)), ...(await clientTls(fields, file)), ...plugin },
    authorization: fromExec?.token ? `Bearer ${fromExec.token}` : await authorizationOf(fields, file),
  };
}

async function authorizationOf({ token, tokenFile, username, password }: UserFields, file: string) {
  const bearer = token ?? (tokenFile ? (await readNear(tokenFile, file)).trim() : undefined);
  if (bearer) return `Bearer ${bearer}`;
  if (username) return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
  return undefined;
}
