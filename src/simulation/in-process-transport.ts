// How does a client reach an API server in the same process? By a function call in the shapes of HTTP.

import type { ApiServer } from '../apiserver/api-server.ts';
import type { UserInfo } from '../apiserver/types.ts';
import type { Transport } from '../client/transport.ts';

const administrator: UserInfo = { name: 'amarre-admin', groups: ['system:masters', 'system:authenticated'] };

/** A Transport that calls `apiServer` as `user`. There are no agents to exec in: `exec` rejects. */
export function inProcessTransport(apiServer: ApiServer, user: UserInfo = administrator): Transport {
  return {
    request: (request, signal) => apiServer.handle({ ...request, body: request.body, user }, { signal }),
    exec: () => Promise.reject(new Error('Cannot exec in process: there is no agent')),
    close: () => {},
  };
}
