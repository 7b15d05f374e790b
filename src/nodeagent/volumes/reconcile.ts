// Which mounts does this node make or take away next? Pure; models the kubelet's volume manager reconciler.

/** One CSI volume of one pod, as the API wants it. */
export interface DesiredVolume {
  podUID: string;
  pvName: string;
  driver: string;
  volumeHandle: string;
  /** The current attachment, and the boot of this node that it was made for; undefined while it is not (or no longer) attached. */
  attachment: { uid: string; epoch: number; bootID?: string } | undefined;
  /** node.status.volumesInUse in the API lists it: the attach-detach side will not take it away. */
  isReportedInUse: boolean;
  /** Only one pod after another may have it: ReadWriteOnce or ReadWriteOncePod. */
  isSingleWriter: boolean;
  /** The pod is ending: keep what is mounted, mount nothing new. */
  isLeaving: boolean;
  /** Containers of the pod run: its mounts must stay, stale or not. */
  isRunning: boolean;
}

export interface StagedVolume {
  driver: string;
  volumeHandle: string;
  pvName: string;
  attachmentUID: string;
  epoch: number;
  /** Found on disk after a restart; whether anybody wants it is known only once the desired state is complete. */
  isUncertain: boolean;
}

export interface PublishedVolume extends StagedVolume {
  podUID: string;
}

export interface Desired {
  /** False until the first list of pods and of what they refer to has been read. */
  isComplete: boolean;
  volumes: DesiredVolume[];
}

export interface Actual {
  staged: StagedVolume[];
  published: PublishedVolume[];
  /** Volume handles with a step in progress, or backing off after a failure. */
  busy: ReadonlySet<string>;
}

export type VolumeStep =
  | { type: 'Stage'; volumeHandle: string; podUID: string; pvName: string }
  | { type: 'Publish'; volumeHandle: string; podUID: string; pvName: string }
  | { type: 'Unpublish'; volumeHandle: string; podUID: string; pvName: string }
  | { type: 'Unstage'; volumeHandle: string; driver: string }
  /** What was found on disk is what is wanted: no call is needed. */
  | { type: 'Adopt'; volumeHandle: string };

/** At most one step for each volume handle; volumes do not wait for each other. */
export function reconcileVolumes(desired: Desired, actual: Actual): VolumeStep[] {
  const handles = new Set(
    [...desired.volumes, ...actual.staged, ...actual.published].map(({ volumeHandle }) => volumeHandle),
  );
  const steps: VolumeStep[] = [];
  for (const volumeHandle of [...handles].sort()) {
    if (actual.busy.has(volumeHandle)) continue;
    const isOurs = (volume: { volumeHandle: string }): boolean => volume.volumeHandle === volumeHandle;
    const step = stepOf({
      isComplete: desired.isComplete,
      wanted: desired.volumes.filter(isOurs),
      staged: actual.staged.find(isOurs),
      published: actual.published.filter(isOurs),
    });
    if (step) steps.push(step);
  }
  return steps;
}

interface OneVolume {
  isComplete: boolean;
  wanted: DesiredVolume[];
  staged: StagedVolume | undefined;
  published: PublishedVolume[];
}

function stepOf({ isComplete, wanted, staged, published }: OneVolume): VolumeStep | undefined {
  for (const mount of published) {
    const want = wanted.find(({ podUID, pvName }) => podUID === mount.podUID && pvName === mount.pvName);
    if (!mayUnmount(mount, want, isComplete)) continue;
    return { type: 'Unpublish', volumeHandle: mount.volumeHandle, podUID: mount.podUID, pvName: mount.pvName };
  }

  if (staged && published.length === 0 && !isNeeded(staged, wanted) && (isComplete || !staged.isUncertain)) {
    return { type: 'Unstage', volumeHandle: staged.volumeHandle, driver: staged.driver };
  }

  const uncertain = [staged, ...published].find(
    (one) => one?.isUncertain && wanted.some((want) => isCurrent(one, want)),
  );
  if (uncertain) return { type: 'Adopt', volumeHandle: uncertain.volumeHandle };

  const next = wanted.find((want) => mayMount(want, { wanted, published }));
  if (!next) return undefined;
  const at = { volumeHandle: next.volumeHandle, podUID: next.podUID, pvName: next.pvName };
  if (!staged) return { type: 'Stage', ...at };
  return isCurrent(staged, next) ? { type: 'Publish', ...at } : undefined;
}

function mayUnmount(mount: PublishedVolume, want: DesiredVolume | undefined, isComplete: boolean): boolean {
  // Before the desired state is complete, "nobody wants it" may only mean "not read yet".
  if (!want) return isComplete || !mount.isUncertain;
  if (want.isRunning) return false;
  return isStale(mount, want);
}

/** Was it mounted through another attachment than the current one? Unknown while there is none. */
export function isStale(
  mount: Pick<StagedVolume, 'attachmentUID' | 'epoch'>,
  want: Pick<DesiredVolume, 'attachment'>,
): boolean {
  return want.attachment !== undefined && !isCurrent(mount, want);
}

function isCurrent(
  mount: Pick<StagedVolume, 'attachmentUID' | 'epoch'>,
  { attachment }: Pick<DesiredVolume, 'attachment'>,
): boolean {
  return attachment?.uid === mount.attachmentUID && attachment.epoch === mount.epoch;
}

function isNeeded(staged: StagedVolume, wanted: DesiredVolume[]): boolean {
  return wanted.some((want) => !want.isLeaving && !isStale(staged, want));
}

function mayMount(want: DesiredVolume, { wanted, published }: Pick<OneVolume, 'wanted' | 'published'>): boolean {
  if (want.isLeaving || !want.attachment || !want.isReportedInUse) return false;
  if (published.some(({ podUID, pvName }) => podUID === want.podUID && pvName === want.pvName)) return false;
  // A pod that is ending may still write: its successor waits until it is unmounted.
  const isLeftOver = ({ podUID }: PublishedVolume): boolean =>
    podUID !== want.podUID && !wanted.some((other) => other.podUID === podUID && !other.isLeaving);
  return !(want.isSingleWriter && published.some(isLeftOver));
}
