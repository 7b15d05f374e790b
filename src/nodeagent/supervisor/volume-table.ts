// Which pods of this node have which volume, and which attachments were fenced for ever?

import { readFile, rename, writeFile } from 'node:fs/promises';

/** Told by the agent before it mounts. */
export interface VolumeHold {
  podUID: string;
  volumeHandle: string;
  /** `attachmentMetadata.epoch` of the attachment that is mounted. */
  epoch: number;
  /** Boot ID of the node when the volume was attached to it; absent if the attachment does not say. */
  attachedAtBootID?: string;
  stagingPath: string;
  publishPath: string;
}

/** The attachment was fenced; only one with a greater epoch may be used. */
export class VolumeFencedError extends Error {
  override readonly name = 'VolumeFencedError';

  constructor(volumeHandle: string, epoch: number) {
    super(`Volume ${volumeHandle} was fenced at epoch ${epoch} on this node: a newer attachment is needed`);
  }
}

/** The volume was attached to an earlier boot of the node, whose writers count as gone: it may be detached any moment. */
export class EarlierBootError extends Error {
  override readonly name = 'EarlierBootError';

  constructor({ volumeHandle, attachedAtBootID }: VolumeHold, bootID: string) {
    super(
      `Volume ${volumeHandle} was attached to boot ${attachedAtBootID} of this node, which runs boot ${bootID}: a newer attachment is needed`,
    );
  }
}

export interface VolumeTableOptions {
  path: string;
  bootID: string;
}

/** Remembers holds and fences. Fences survive the supervisor in the file at `path`. */
export class VolumeTable {
  readonly #path: string;
  readonly #bootID: string;
  readonly #staged = new Map<string, string>();
  readonly #holds = new Map<string, VolumeHold>();
  readonly #fenced: Map<string, number>;
  readonly #seen = new Map<string, number>();

  private constructor({ path, bootID }: VolumeTableOptions, fenced: Map<string, number>) {
    this.#path = path;
    this.#bootID = bootID;
    this.#fenced = fenced;
  }

  static async open(options: VolumeTableOptions): Promise<VolumeTable> {
    const text = await readFile(options.path, 'utf8').catch(() => '{}');
    return new VolumeTable(options, new Map(Object.entries(JSON.parse(text) as Record<string, number>)));
  }

  /** Throws VolumeFencedError if (volumeHandle, epoch) must not be written any more. */
  check(volumes: readonly { volumeHandle: string; epoch: number }[]): void {
    for (const { volumeHandle, epoch } of volumes) {
      const fenced = this.#fenced.get(volumeHandle);
      if (fenced !== undefined && epoch <= fenced) throw new VolumeFencedError(volumeHandle, fenced);
    }
  }

  /**
   * Records that a pod is about to have a volume. Throws VolumeFencedError or EarlierBootError: a Reboot proof of an
   * attachment is right only because no other boot than the attachment's mounts it.
   */
  hold(hold: VolumeHold): void {
    this.check([hold]);
    if ((hold.attachedAtBootID ?? this.#bootID) !== this.#bootID) throw new EarlierBootError(hold, this.#bootID);
    this.#staged.set(hold.volumeHandle, hold.stagingPath);
    this.#seen.set(hold.volumeHandle, Math.max(hold.epoch, this.#seen.get(hold.volumeHandle) ?? 0));
    this.#holds.set(`${hold.podUID}/${hold.volumeHandle}`, hold);
  }

  /** The pod's mounts of the volume are gone; its staging mount may still be there. */
  release(podUID: string, volumeHandle: string): void {
    this.#holds.delete(`${podUID}/${volumeHandle}`);
  }

  /** The volume's staging mount is gone. */
  releaseStaged(volumeHandle: string): void {
    this.#staged.delete(volumeHandle);
  }

  /** Where the volume may be mounted, for whomever. */
  pathsOf(volumeHandle: string): string[] {
    const staged = this.#staged.get(volumeHandle);
    return [...this.holdsOf(volumeHandle).map((hold) => hold.publishPath), ...(staged === undefined ? [] : [staged])];
  }

  holdsOf(volumeHandle: string): VolumeHold[] {
    return [...this.#holds.values()].filter((hold) => hold.volumeHandle === volumeHandle);
  }

  /**
   * Refuses, from now on and after a restart, every attachment up to the newest that was seen or named.
   * Returns its epoch; undefined, and nothing is fenced, if none was.
   */
  async fence(volumeHandle: string, namedEpoch: number | undefined): Promise<number | undefined> {
    const seen = this.#seen.get(volumeHandle);
    if (seen === undefined && namedEpoch === undefined) return this.#fenced.get(volumeHandle);
    const epoch = Math.max(seen ?? 0, namedEpoch ?? 0, this.#fenced.get(volumeHandle) ?? 0);
    this.#fenced.set(volumeHandle, epoch);
    await writeFile(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#fenced)), { flush: true });
    await rename(`${this.#path}.new`, this.#path);
    return epoch;
  }
}
