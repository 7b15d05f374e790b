// Which loop device carries the epoch that a node was given?

import path from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { type LoopDevice, listLoopDevices, readLoopDevice } from '../../../base/kernel-loop.ts';
import { pollUntil } from '../../../base/poll.ts';
import { RpcError } from '../../rpc-error.ts';
import { parseGenerationFile } from './names.ts';

const deviceWaitMs = 2_000;
const devicePollMs = 20;

export interface DeviceQuery {
  volumeId: string;
  publishContext: Record<string, string>;
  clock: Clock;
}

/**
 * Finds the device by the file behind it: after a restart of the host, the number in `devicePath` may be that of
 * another volume. Waits a moment for a device that is being made. Rejects with FAILED_PRECONDITION when the epoch
 * was revoked, with UNAVAILABLE when there is no device.
 */
export async function findDevice(
  { volumeId, publishContext, clock }: DeviceQuery,
  signal: AbortSignal,
): Promise<string> {
  const { devicePath = '', imagePath = '', epoch = '' } = publishContext;
  const named = parseGenerationFile(path.basename(imagePath));
  if (devicePath === '' || named?.volumeId !== volumeId || String(named.generation) !== epoch) {
    throw new RpcError('INVALID_ARGUMENT', `publish_context does not name a device of volume ${volumeId} and an epoch`);
  }
  let found: LoopDevice | undefined;
  const look = async (): Promise<boolean> => {
    const hinted = await readLoopDevice(devicePath);
    found =
      hinted?.backingFile === imagePath
        ? hinted
        : (await listLoopDevices()).find((loop) => loop.backingFile === imagePath);
    return found !== undefined;
  };
  const giveUpAt = clock.monotonic() + deviceWaitMs;
  const check = async (): Promise<boolean> => (await look()) || clock.monotonic() >= giveUpAt;
  await pollUntil(check, { clock, signal, intervalMs: devicePollMs });
  if (!found)
    throw new RpcError('UNAVAILABLE', `Volume ${volumeId} has no device for epoch ${epoch}, expected ${devicePath}`);
  if (found.revoked) throw new RpcError('FAILED_PRECONDITION', `Epoch ${epoch} of volume ${volumeId} was revoked`);
  return found.device;
}

/** The volume behind a loop device, or undefined when it is not one of this driver's. */
export async function volumeOfDevice(device: string): Promise<string | undefined> {
  const loop = await readLoopDevice(device);
  return loop && parseGenerationFile(path.basename(loop.backingFile))?.volumeId;
}
