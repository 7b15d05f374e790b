// How is the local CSI driver set up for a cluster? The same for its controller and its node plugins.

import { join } from 'node:path';
import type { LocalDriverConfig } from '../csi/drivers/local/config.ts';
import type { ClusterSpec, DataFolder } from '../localcluster/data-folder.ts';

/** Everything but the socket and the node. */
export function localDriverConfig(folder: DataFolder, spec: ClusterSpec): Omit<LocalDriverConfig, 'socketPath'> {
  return {
    poolDir: folder.pool,
    stateDir: join(folder.root, 'csi'),
    mode: spec.volumes,
    keepGenerations: spec.keepGenerations,
    // A negative control: shows that the checks of the demo see a fence that is missing.
    ...(process.env['AMARRE_SABOTAGE'] === 'no-fence' && { sabotage: 'no-fence' as const }),
  };
}
