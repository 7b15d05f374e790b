// The API server of a local cluster: objects in LMDB or etcd, HTTPS on loopback and on the nodes' bridge.

import { builtinResources, builtinSchemas } from '../apis/builtin.ts';
import { serveHttps } from '../apiserver/https/serve.ts';
import { httpsKubeletClient } from '../apiserver/kubelet/https-client.ts';
import { createApiServer } from '../apiserver/server.ts';
import { systemRandom } from '../base/system-random.ts';
import { readIdentity } from '../localcluster/pki.ts';
import { openStore } from './open-store.ts';
import { runProcess } from './process.ts';

await runProcess('apiserver', async ({ folder, spec, clock, log }, signal) => {
  const [tls, kubeletTls] = await Promise.all([
    readIdentity(folder, 'apiserver'),
    readIdentity(folder, 'kubelet-client'),
  ]);
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
    });
    const listen = spec.apiAddresses.map((host) => ({ host, port: spec.port }));
    const serving = await serveHttps({ apiServer, listen, tls, kubeletTls, log }, signal);
    await apiServer.run(signal);
    await serving.closed;
  } finally {
    await store.close();
  }
});
