// Can the API servers have their addresses, and the balancer before them its own?

import { controlPlanes } from './control-planes.ts';
import { type DataFolder, DataFolderError } from './data-folder.ts';
import { isPortFree } from './lock.ts';
import { readLiving } from './process-record.ts';

type Served = Parameters<typeof controlPlanes>[0];

/** Rejects with a sentence for the user if a port is taken by a process that is none of the cluster's: those are adopted. */
export async function assertPortsFree({
  folder,
  spec,
}: {
  folder: Pick<DataFolder, 'run'>;
  spec: Served;
}): Promise<void> {
  const servers = controlPlanes(spec).map(({ apiServer, addresses }) => ({ name: apiServer, addresses }));
  const all = [...servers, { name: 'balancer', addresses: spec.balancerAddresses ?? [] }];
  for (const { name, addresses } of all) {
    const [host] = addresses;
    if (host === undefined || (await readLiving(folder.run, name)) || (await isPortFree(host, spec.port))) continue;
    throw new DataFolderError(
      `Cannot start the API server: port ${spec.port} on ${host} is in use. Stop what listens there, or choose another --port.`,
    );
  }
}
