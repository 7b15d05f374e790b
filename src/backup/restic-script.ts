// What does a mover pod run? Two shell programs around restic: one stores a volume, one brings it back.
// They take their parameters as environment variables, so that no value is ever read as shell text.
// They say how it went in the container's termination message, in the file RESULT of the repository folder (for
// runtimes without such messages), and, when neither can be written, by their exit code.

/** Environment of the programs that move data. */
export interface MoverEnvironment {
  /** The mounted volume. */
  VOLUME: string;
  /** Folder that holds the location's repositories. */
  FOLDER: string;
  /** The namespace's repository below FOLDER. */
  RESTIC_REPOSITORY: string;
  /** Where the result is written, below FOLDER. */
  RESULT: string;
}

/** What a mover ends with, by the kind of its failure. */
export const exitCodes = {
  Failed: 1,
  Unavailable: 20,
  ReadOnly: 21,
  Full: 22,
  NoRestic: 23,
  OldRestic: 24,
  Damaged: 25,
  Incomplete: 26,
} as const;

export type FailureKind = keyof typeof exitCodes;

const codeCases = Object.entries(exitCodes)
  .map(([kind, code]) => `    ${kind}) exit ${code} ;;`)
  .join('\n');

const prelude = String.raw`set -u
umask 077
say() {
  if [ -f /dev/termination-log ]; then printf '%s\n' "$@" > /dev/termination-log; fi
  (mkdir -p "$(dirname "$RESULT")" && printf '%s\n' "$@" > "$RESULT") 2>/dev/null
  printf '%s\n' "$@"
}
fail() {
  say "error $1" "$2"
  case $1 in
${codeCases}
  esac
}

# Says why the folder refused: what can be tested is tested, not read from messages.
blame() {
  if [ ! -d "$FOLDER" ]; then fail Unavailable "Cannot use repository folder $FOLDER: there is no such folder"; fi
  if [ ! -w "$FOLDER" ]; then fail ReadOnly "Cannot write to repository folder $FOLDER: it is read-only"; fi
  probe="$FOLDER/.writing-$$"
  if ! head -c 33554432 /dev/zero 2>/dev/null > "$probe"; then
    rm -f "$probe"
    fail Full "Cannot write to repository folder $FOLDER: the disk is full"
  fi
  rm -f "$probe"
  fail Failed "$1"
}

command -v restic > /dev/null 2>&1 || fail NoRestic "restic is not installed on $(hostname): install the package restic, version 0.14 or newer"
version=$(restic version | cut -d ' ' -f 2)
case $version in
  0.[0-9].*|0.1[0-3].*) fail OldRestic "restic $version on $(hostname) is too old: 0.14 or newer is needed" ;;
esac
`;

/** In place of the id of a snapshot: the volume held nothing. restic stores no snapshot without a file. */
const emptySnapshot = '0'.repeat(64);

const enterVolume = String.raw`cd "$VOLUME" || fail Failed "Cannot enter the volume's folder $VOLUME"`;

/** Stores the volume. Result: `snapshot <full id>`, `version <restic>`, `root <mode uid gid mtime>` and restic's summary. */
export const uploadScript = String.raw`${prelude}${enterVolume}
# One mover at a time makes the repository. A crash while it was made leaves keys without a config;
# those are removed, but only if nothing was ever stored with them.
if [ ! -e "$RESTIC_REPOSITORY/config" ]; then
  mkdir -p "$RESTIC_REPOSITORY" 2>/dev/null && : > "$RESTIC_REPOSITORY.lock" || blame "Cannot make repository $RESTIC_REPOSITORY"
  exec 9< "$RESTIC_REPOSITORY.lock" && flock 9 || fail Failed "Cannot lock $RESTIC_REPOSITORY.lock"
  if [ ! -e "$RESTIC_REPOSITORY/config" ]; then
    if [ -n "$(find "$RESTIC_REPOSITORY/snapshots" "$RESTIC_REPOSITORY/data" -type f 2>/dev/null | head -n 1)" ]; then
      fail Damaged "Repository $RESTIC_REPOSITORY is damaged: it holds data but its file config is missing"
    fi
    rm -rf "$RESTIC_REPOSITORY/keys"
    said=$(restic init --quiet --repository-version 2 2>&1) || blame "Cannot make repository $RESTIC_REPOSITORY: $said"
  fi
  flock -u 9
fi
# restic keeps the metadata of all that is in the volume, but not of the volume's own folder.
root=$(stat -c '%a %u %g %Y' .)
if [ -z "$(ls -A .)" ]; then
  say "snapshot ${emptySnapshot}" "version $version" "root $root"
  exit 0
fi
said=$(nice -n 10 restic backup --json --quiet --no-cache --host velero --tag "$TAG" . 2>&1)
status=$?
[ "$status" -ne 3 ] || fail Incomplete "Some files of the volume could not be read: $said"
[ "$status" -eq 0 ] || blame "restic backup into $RESTIC_REPOSITORY failed: $said"
summary=$(printf '%s\n' "$said" | grep '"message_type":"summary"' | tail -n 1)
short=$(printf '%s' "$summary" | sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
full=$(cd "$RESTIC_REPOSITORY/snapshots" && ls | grep "^$short" | head -n 1)
[ -n "$short" ] && [ -n "$full" ] || fail Failed "restic backup named no snapshot: $said"
say "snapshot $full" "version $version" "root $root" "$summary"
`;

/** Brings the stored tree SNAPSHOT back into the volume, on disk when it ends. Result: `version` and `bytes`. */
export const downloadScript = String.raw`${prelude}${enterVolume}
[ -e "$RESTIC_REPOSITORY/config" ] || fail Unavailable "There is no repository $RESTIC_REPOSITORY"
# The repository may be on a read-only disk: a restore needs no lock in it.
set -- --no-cache --no-lock --target .
if restic restore --help | grep -q -e ' --sparse'; then set -- "$@" --sparse; fi
if [ "$SNAPSHOT" != ${emptySnapshot} ]; then
  said=$(restic restore "$SNAPSHOT" "$@" 2>&1) || fail Failed "restic restore of $SNAPSHOT from $RESTIC_REPOSITORY failed: $said"
fi
# ROOT holds mode, owner, group and time of the volume's own folder.
set -- $ROOT
if [ "$#" -eq 4 ]; then
  if [ "$(id -u)" -eq 0 ]; then chown "$2:$3" . || fail Failed "Cannot set the owner of the volume's folder"; fi
  chmod "$1" . && touch -d "@$4" . || fail Failed "Cannot set mode and time of the volume's folder"
fi
sync -f . || fail Failed "Cannot write the restored volume to its disk"
say "version $version" "bytes $(du -sb . | cut -f 1)"
`;

/** Removes the snapshots SNAPSHOTS (ids in a row) and what only they needed. Those that are gone already are no failure. */
export const forgetScript = String.raw`${prelude}
stored=$(printf '%s\n' $SNAPSHOTS | grep -v '^${emptySnapshot}$')
if [ -n "$stored" ] && [ -e "$RESTIC_REPOSITORY/config" ]; then
  # Locks of movers that died; those of living ones stay, and then this fails.
  restic unlock --quiet --no-cache > /dev/null 2>&1
  said=$(restic forget --quiet --no-cache --prune $stored 2>&1) || blame "restic forget in $RESTIC_REPOSITORY failed: $said"
fi
say "version $version"
`;
