// With which password is a repository encrypted? A random one each, kept in one Secret of Velero's namespace.
// Whoever loses that Secret loses the data of all backups: it must be kept elsewhere too.

import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import type { Secret } from '../apis/core/generated/v1.ts';
import { secrets } from '../apis/resources.ts';
import { veleroNamespace } from '../apis/velero/types.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/types.ts';

/** Name of the Secret, as Velero names it. */
export const credentialsSecret = 'velero-repo-credentials';

/** One repository: a namespace's data in one location. */
export interface RepositoryName {
  location: string;
  /** The namespace that the data was backed up from. */
  namespace: string;
}

/** The Secret's key for a repository: `default.shop`. No two repositories share one: namespaces have no dots. */
export function passwordKey({ location, namespace }: RepositoryName): string {
  return `${location}.${namespace}`;
}

/** Makes the repository's password if there is none. Safe to call at once from several places, and again. */
export async function ensurePassword(
  client: Client,
  { repository, random }: { repository: RepositoryName; random: Random },
  signal: AbortSignal,
): Promise<void> {
  const key = passwordKey(repository);
  const password = Buffer.from(`${random.uuid()}${random.uuid()}`.replaceAll('-', '')).toString('base64');
  const at = { namespace: veleroNamespace, name: credentialsSecret };
  try {
    const secret = await client.get(secrets, at, signal);
    if (secret.data?.[key]) return;
    await client.update(secrets, { ...secret, data: { ...secret.data, [key]: password } }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    await client.create(secrets, { metadata: at, type: 'Opaque', data: { [key]: password } }, signal);
  }
}

/** The password under `key`, base64. Rejects with StatusError NotFound if nobody kept it. */
export async function readPassword(client: Client, key: string, signal: AbortSignal): Promise<string> {
  const secret: Secret = await client.get(secrets, { namespace: veleroNamespace, name: credentialsSecret }, signal);
  const password = secret.data?.[key];
  if (password) return password;
  const message = `Cannot open the repository: Secret ${veleroNamespace}/${credentialsSecret} has no key "${key}"`;
  throw new StatusError('NotFound', message);
}
