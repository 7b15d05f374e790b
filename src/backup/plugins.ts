// Which of Velero's plugins does the server stand in for? Nothing is loaded: they are parts of the controllers.

import type { ServerStatusRequest } from '../apis/velero/types.ts';
import { filesystemProvider } from './location.ts';

/** The name under which a backup's item operations show the upload of a volume's data. */
export const uploadAction = 'amarre.io/data-upload';
/** The name under which a restore's item operations show the download of a volume's data. */
export const downloadAction = 'amarre.io/data-download';

/** What `velero plugin get` lists. */
export const builtInPlugins: NonNullable<NonNullable<ServerStatusRequest['status']>['plugins']> = [
  { name: uploadAction, kind: 'BackupItemActionV2' },
  { name: filesystemProvider, kind: 'ObjectStore' },
  { name: downloadAction, kind: 'RestoreItemActionV2' },
];
