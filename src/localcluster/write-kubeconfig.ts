// What does the administrator's kubeconfig say? Who they are, and where each API server is.

import { knownServers } from '../client/kubeconfig.ts';
import { clusterUrls, controlPlanes, type ServerUrls, serverUrls } from './control-planes.ts';
import type { ClusterSpec, DataFolder } from './data-folder.ts';
import { readIdentity, writeSecret } from './pki.ts';

/**
 * Writes it. The context `amarre` leads to the balancer where there are several servers, `amarre-1` to the first of them:
 * kubectl knows one server for each cluster. Our own clients read of the others in an extension, and go on with them by
 * themselves.
 */
export async function writeKubeconfig(folder: DataFolder, spec: ClusterSpec): Promise<void> {
  const { ca, cert, key } = await readIdentity(folder, 'admin');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const clusters = namedUrls(spec).map(({ name, server, others }) => {
    const extensions = others.length > 0 ? { extensions: [knownServers(others)] } : {};
    return { name, cluster: { server, 'certificate-authority-data': base64(ca), ...extensions } };
  });
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'amarre',
    clusters,
    users: [
      { name: 'amarre-admin', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } },
    ],
    contexts: clusters.map(({ name }) => ({
      name,
      context: { cluster: name, user: 'amarre-admin', namespace: 'default' },
    })),
  };
  // JSON is YAML, and every client reads it.
  await writeSecret(folder.kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`);
}

function namedUrls(spec: ClusterSpec): (ServerUrls & { name: string })[] {
  const servers = controlPlanes(spec).map((_, index) => ({ name: `amarre-${index + 1}`, ...serverUrls(spec, index) }));
  const main = { name: 'amarre', ...clusterUrls(spec) };
  return [main, ...(spec.balancerAddresses ? servers : servers.slice(1))];
}
