// What does the launcher tell the command that started it?

import type { ClusterSpec } from '../localcluster/data-folder.ts';

export type LauncherMessage =
  | { type: 'started'; spec: ClusterSpec; notes: string[] }
  /** A sentence for the user. */
  | { type: 'failed'; message: string };
