// Is there such a file?

import { access } from 'node:fs/promises';

/** Is there a file or folder at the end of `path`, as far as this process may look? A link to nothing is nothing. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
