// Which version is the server?

const [major, minor] = ['1', '36'];

/** The version that the OpenAPI documents are of. */
export const documentVersion = `${major}.${minor}`;

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
