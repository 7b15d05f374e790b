// The API server of a local cluster: objects in LMDB or etcd, HTTPS on loopback and on the nodes' bridge.

import { builtinResources, builtinSchemas } from '../apis/builtin.ts';
import { parseSigningKeys } from '../apiserver/auth/tokens/signing-keys.ts';
import { serveHttps } from '../apiserver/https/serve.ts';
import { httpsKubeletClient } from '../apiserver/kubelet/https-client.ts';
import { createApiServer } from '../apiserver/server.ts';
import { systemRandom } from '../base/system-random.ts';
import { followFile } from '../localcluster/followed-file.ts';
import { readIdentity, serverUrl, signingKeysPath } from '../localcluster/pki.ts';
import { openStore } from './open-store.ts';
import { runProcess } from './process.ts';

/** As kubeadm sets it; also the audience of the API server itself. */
const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

await runProcess('apiserver', async ({ folder, spec, clock, log }, signal) => {
  const [tls, kubeletTls] = await Promise.all([
    readIdentity(folder, 'apiserver'),
    readIdentity(folder, 'kubelet-client'),
  ]);
  const signingKeys = await followFile({ path: signingKeysPath(folder), parse: parseSigningKeys, clock, log }, signal);
  const store = await openStore({ folder, spec }, { clock, log });
  try {
    const apiServer = createApiServer({
      store,
      definitions: builtinResources,
      schemas: builtinSchemas,
      clock,
      random: systemRandom,
      log,
      kubelet: httpsKubeletClient(kubeletTls),
      defaultRoles: true,
      tokens: {
        issuer: tokenIssuer,
        audiences: [tokenIssuer],
        keys: signingKeys,
        externalUrl: serverUrl(spec),
      },
    });
    const listen = spec.apiAddresses.map((host) => ({ host, port: spec.port }));
    const serving = await serveHttps({ apiServer, listen, tls, kubeletTls, log }, signal);
    await apiServer.run(signal);
    await serving.closed;
  } finally {
    await store.close();
  }
});
