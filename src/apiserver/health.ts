// Is the server alive, ready, and which version is it?

import { jsonResponse, textResponse } from './respond.ts';
import type { ApiResponse } from './types.ts';

const [major, minor] = ['1', '36'];

/** What `kubectl version` prints. The minor version is that of the API whose schemas are served. */
export const serverVersion = {
  major,
  minor,
  emulationMajor: major,
  emulationMinor: minor,
  minCompatibilityMajor: major,
  minCompatibilityMinor: '35',
  gitVersion: `v${major}.${minor}.0-amarre.0.1.0`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** Paths that answer without a client certificate. */
const publicPaths = new Set(['/livez', '/readyz', '/healthz', '/version']);

/** Does `path` answer without a client certificate? */
export function isPublic(path: string): boolean {
  return publicPaths.has(path.replace(/\/+$/, ''));
}

/** Answers the public paths; undefined for any other. */
export function healthResponse(path: string, { isReady }: { isReady: boolean }): ApiResponse | undefined {
  switch (path.replace(/\/+$/, '')) {
    case '/livez':
      return textResponse(200, 'ok');
    case '/readyz':
    case '/healthz':
      return isReady
        ? textResponse(200, 'ok')
        : textResponse(503, '[-]watch-cache failed: not yet loaded\nreadyz check failed\n');
    case '/version':
      return jsonResponse(200, serverVersion);
    default:
      return undefined;
  }
}
