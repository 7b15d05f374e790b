// How does a container see the host's root where no overlay can be had? Read-only, with holes for its mounts. Pure.

/** What bwrap must put where, in order. */
export type RootEntry =
  | { type: 'tmpfs'; path: string }
  | { type: 'ro-bind'; path: string }
  | { type: 'symlink'; path: string; target: string };

export interface HostFolderEntry {
  name: string;
  symlinkTarget?: string;
}

/** Entries of a host folder; undefined if there is no such folder. */
export type ListFolder = (path: string) => HostFolderEntry[] | undefined;

// Fresh in every container, or mounted by the sandbox itself.
const provided = new Set(['/dev', '/proc', '/tmp', '/run', '/sys']);

/**
 * A root made of memory in which everything of the host is bound read-only. A folder is taken apart (made of
 * memory again, its entries bound one by one) only where a mount point below it does not exist on the host:
 * nothing can be made inside a read-only bind.
 */
export function planHostRoot(mountPoints: readonly string[], listFolder: ListFolder): RootEntry[] {
  const entries: RootEntry[] = [];
  const unfold = (folder: string, below: readonly string[]): void => {
    entries.push({ type: 'tmpfs', path: folder === '' ? '/' : folder });
    for (const { name, symlinkTarget } of listFolder(folder === '' ? '/' : folder) ?? []) {
      const path = `${folder}/${name}`;
      if (provided.has(path)) continue;
      const inside = below.filter((point) => point.startsWith(`${path}/`));
      if (below.includes(path)) continue;
      if (symlinkTarget !== undefined) entries.push({ type: 'symlink', path, target: symlinkTarget });
      else if (inside.some((point) => !exists(point, listFolder))) unfold(path, inside);
      else entries.push({ type: 'ro-bind', path });
    }
  };
  unfold(
    '',
    mountPoints.filter((point) => !isProvided(point)),
  );
  return entries;
}

function isProvided(path: string): boolean {
  return [...provided].some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function exists(path: string, listFolder: ListFolder): boolean {
  const slash = path.lastIndexOf('/');
  const entries = listFolder(slash === 0 ? '/' : path.slice(0, slash));
  return entries?.some((entry) => entry.name === path.slice(slash + 1)) ?? false;
}
