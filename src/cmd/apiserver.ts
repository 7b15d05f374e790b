// The API server of a local cluster: objects in LMDB or etcd, HTTPS on loopback and on the nodes' bridge.

import { join } from 'node:path';
import { builtinResources, builtinSchemas } from '../apis/builtin.ts';
import { parseSigningKeys } from '../apiserver/auth/tokens/signing-keys.ts';
import { serveHttps } from '../apiserver/https/serve.ts';
import { httpsKubeletClient } from '../apiserver/kubelet/https-client.ts';
import { createApiServer } from '../apiserver/server.ts';
import { processFacts } from '../base/system-process.ts';
import { systemRandom } from '../base/system-random.ts';
import { clusterUrls, controlPlaneOf } from '../localcluster/control-planes.ts';
import { followFile } from '../localcluster/followed-file.ts';
import { readIdentity, signingKeysPath } from '../localcluster/pki.ts';
import { encryptedState } from './encrypted-state.ts';
import { returnFreedMemory } from './freed-memory.ts';
import { localAudit } from './local-audit.ts';
import { untilOpened } from './open-store.ts';
import { runProcess } from './process.ts';

/** Built beside this program. */
const stateWriter = join(import.meta.dirname, 'programs/state-writer.cjs');
/** As kubeadm sets it; also the audience of the API server itself. */
const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

void runProcess('apiserver', async (context, signal) => {
  const { folder, spec, instance, clock, log } = context;
  const { addresses } = controlPlaneOf(spec, instance);
  const [tls, kubeletTls] = await Promise.all([
    readIdentity(folder, 'apiserver'),
    readIdentity(folder, 'kubelet-client'),
  ]);
  const signingKeys = await followFile({ path: signingKeysPath(folder), parse: parseSigningKeys, clock, log }, signal);
  const audit = await localAudit(context, signal);
  const state = await encryptedState(
    context,
    () => untilOpened(context, { clock, log, writer: stateWriter }, signal),
    signal,
  );
  const { store } = state;
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
      systemObjects: { clientAuthority: tls.ca },
      advertised: { address: addresses.at(-1) ?? '', port: spec.port },
      processFacts,
      ...(audit && { audit: audit.options }),
      tokens: {
        issuer: tokenIssuer,
        audiences: [tokenIssuer],
        keys: signingKeys,
        externalUrl: clusterUrls(spec).server,
      },
    });
    const listen = addresses.map((host) => ({ host, port: spec.port }));
    const serving = await serveHttps({ apiServer, listen, tls, kubeletTls, log }, signal);
    const encrypting = apiServer.ready(signal).then(
      () => state.keepEncrypted(signal),
      () => {},
    );
    const auditing = audit?.run(signal);
    const trimming = returnFreedMemory({ clock, log }, signal);
    await apiServer.run(signal);
    await Promise.all([encrypting, auditing, trimming]);
    await serving.closed;
  } finally {
    await store.close();
  }
});
