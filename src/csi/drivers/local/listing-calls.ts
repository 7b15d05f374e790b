// What exists, and what could? The reading calls of the Controller service, and Identity.

import { RpcError } from '../../rpc-error.ts';
import type { ControllerService, IdentityService, Implementation } from '../../services.ts';
import type { ListVolumesResponse, Outgoing } from '../../types.ts';
import { controllerCapabilities, pluginCapabilities, whyIncompatible, whyUnsupported } from './capabilities.ts';
import { driverName, driverVersion, type LocalDriverConfig, poolTopology } from './config.ts';
import { type ControllerContext, promisedBytes } from './context.ts';
import { pageOf } from './pages.ts';
import type { VolumeRecord } from './record.ts';
import { describeVolume } from './volume-calls.ts';

export function createIdentity({ mode }: LocalDriverConfig): Implementation<IdentityService> {
  return {
    getPluginInfo: async () => ({ name: driverName, vendorVersion: driverVersion }),
    getPluginCapabilities: async () => ({ capabilities: pluginCapabilities(mode) }),
    probe: async () => ({ ready: true }),
  };
}

type Calls = Pick<
  Implementation<ControllerService>,
  | 'validateVolumeCapabilities'
  | 'listVolumes'
  | 'getCapacity'
  | 'controllerGetCapabilities'
  | 'controllerGetVolume'
  | 'controllerModifyVolume'
>;

export function createListingCalls(context: ControllerContext): Calls {
  const { store, backend, config } = context;
  return {
    async validateVolumeCapabilities({ volumeId, volumeContext, volumeCapabilities, parameters }) {
      const record = store.volumeOrThrow(volumeId);
      if (volumeCapabilities.length === 0) throw new RpcError('INVALID_ARGUMENT', 'volume_capabilities are required');
      const why = volumeCapabilities.map((one) => whyIncompatible(record, one, config.mode)).find((found) => found);
      if (why) return { message: why };
      return { confirmed: { volumeContext, volumeCapabilities, parameters } };
    },

    async listVolumes({ maxEntries, startingToken }) {
      const { items, nextToken } = pageOf(store.volumes(), {
        maxEntries,
        startingToken,
        idOf: (record) => record.volumeId,
      });
      return { entries: items.map(describeEntry), nextToken };
    },

    async controllerGetVolume({ volumeId }) {
      return describeEntry(store.volumeOrThrow(volumeId));
    },

    async getCapacity({ accessibleTopology, volumeCapabilities }) {
      const [[key, value] = ['', '']] = Object.entries(poolTopology.segments);
      const elsewhere = accessibleTopology && accessibleTopology.segments[key] !== value;
      const unsupported = volumeCapabilities.some((one) => whyUnsupported(one, config.mode));
      if (elsewhere || unsupported) return { availableCapacity: 0 };
      const { availableBytes } = await backend.capacity(promisedBytes(context));
      return {
        availableCapacity: availableBytes,
        maximumVolumeSize: availableBytes,
        minimumVolumeSize: backend.minimumBytes('mount'),
      };
    },

    async controllerGetCapabilities() {
      return { capabilities: controllerCapabilities(config.mode).map((type) => ({ rpc: { type } })) };
    },

    async controllerModifyVolume() {
      throw new RpcError('UNIMPLEMENTED', 'Volumes of this driver have no attributes to modify');
    },
  };
}

function describeEntry(record: VolumeRecord): Outgoing<ListVolumesResponse['entries'][number]> {
  const publishedNodeIds = record.attachment ? [record.attachment.nodeId] : [];
  return { volume: describeVolume(record), status: { publishedNodeIds } };
}
