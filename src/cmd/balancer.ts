// The one address in front of several API servers: kubectl and pods know no other, and it outlives any of them.

import { readFile } from 'node:fs/promises';
import { balance } from '../base/balancer/balancer.ts';
import { askHealth } from '../localcluster/ask-health.ts';
import { controlPlanes } from '../localcluster/control-planes.ts';
import { identityFiles } from '../localcluster/pki.ts';
import { runProcess } from './process.ts';

void runProcess('balancer', async ({ folder, spec, clock, log }, signal) => {
  const { port, balancerAddresses = [] } = spec;
  const authority = await readFile(identityFiles(folder, 'apiserver').ca, 'utf8');
  const { closed } = await balance(
    {
      listen: balancerAddresses.map((host) => ({ host, port })),
      servers: controlPlanes(spec).map(({ addresses: [host = '127.0.0.1'] }) => ({ host, port })),
      ...askHealth(authority),
      clock,
      log,
    },
    signal,
  );
  await closed;
});
