// Who may import whom: the table of docs/explanation/architecture.md as rules.

const layers = {
  base: [],
  apimachinery: ['base'],
  apis: ['apimachinery', 'base'],
  kvstore: ['base'],
  apiserver: ['kvstore', 'apis', 'apimachinery', 'base'],
  client: ['apis', 'apimachinery', 'base'],
  csi: ['base'],
  fencing: ['client', 'apis', 'apimachinery', 'base', 'csi'],
  backup: ['client', 'apis', 'apimachinery', 'base'],
  controllers: ['client', 'apis', 'apimachinery', 'base', 'csi', 'fencing', 'backup', 'doctor'],
  scheduler: ['client', 'apis', 'apimachinery', 'base'],
  nodeagent: ['client', 'apis', 'apimachinery', 'base', 'csi', 'fencing'],
  localcluster: ['client', 'apis', 'apimachinery', 'base'],
  doctor: ['client', 'apis', 'apimachinery', 'base'],
  cli: ['doctor', 'localcluster', 'client', 'apis', 'apimachinery', 'base'],
  demo: ['cli', 'doctor', 'localcluster', 'client', 'apis', 'apimachinery', 'base'],
};

const folderRules = Object.entries(layers).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  severity: 'error',
  comment: `src/${folder} may import only: ${[folder, ...allowed].join(', ')}`,
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Types may refer to each other; code may not.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'controllers-stand-alone',
      severity: 'error',
      comment: 'A controller never imports another controller.',
      from: { path: '^src/controllers/([^/]+)/' },
      to: { path: '^src/controllers/', pathNot: '^src/controllers/$1/' },
    },
    {
      name: 'drivers-behind-the-protocol',
      severity: 'error',
      comment: 'Only composition roots know a CSI driver; everyone else speaks the protocol.',
      from: { path: '^src/', pathNot: '^src/(csi|cmd|simulation)/' },
      to: { path: '^src/csi/drivers/' },
    },
    {
      name: 'nobody-imports-roots',
      severity: 'error',
      from: { path: '^src/', pathNot: '(^src/(cmd|simulation)/|\\.test\\.ts$)' },
      to: { path: '^(src/(cmd|simulation)|test)/' },
    },
    {
      name: 'kernel-behind-one-module',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/base/kernel' },
      to: { path: 'node_modules/koffi' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$|conformance\\.ts$|src/kvstore/model\\.ts$|src/[a-z]+/testing/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'types'] },
  },
};
