// What does the administrator's kubeconfig say? Who they are, and where each API server is.

import { knownServers } from '../client/kubeconfig.ts';
import { controlPlanes, serverUrls } from './control-planes.ts';
import type { ClusterSpec, DataFolder } from './data-folder.ts';
import { readIdentity, writeSecret } from './pki.ts';

/**
 * Writes it. The context `amarre` is the first server's, `amarre-2` the second one's: kubectl knows one server for each
 * cluster. Our own clients read of the others in an extension, and go on with them by themselves.
 */
export async function writeKubeconfig(folder: DataFolder, spec: ClusterSpec): Promise<void> {
  const { ca, cert, key } = await readIdentity(folder, 'admin');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const planes = controlPlanes(spec).map(({ instance }, index) => {
    const { server, others } = serverUrls(spec, index);
    const extensions = others.length > 0 ? { extensions: [knownServers(others)] } : {};
    const cluster = { server, 'certificate-authority-data': base64(ca), ...extensions };
    return { name: instance === undefined ? 'amarre' : `amarre-${instance}`, cluster };
  });
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'amarre',
    clusters: planes,
    users: [
      { name: 'amarre-admin', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } },
    ],
    contexts: planes.map(({ name }) => ({
      name,
      context: { cluster: name, user: 'amarre-admin', namespace: 'default' },
    })),
  };
  // JSON is YAML, and every client reads it.
  await writeSecret(folder.kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`);
}
