// What do the parameters of requests mean? Their types and descriptions in the OpenAPI documents, and which operations
// have them.

import type { ApiOperation, ApiPath } from './operations.ts';

/** A parameter in a query or a path. */
export interface ApiParameter {
  name: string;
  in: 'query' | 'path';
  type: 'string' | 'boolean' | 'integer';
  required?: true;
  description: string;
}

export const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation'];
export const deleteQuery = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
];
export const listQuery = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
  'watch',
];
export const collectionQuery = [
  ...listQuery.filter((name) => name !== 'allowWatchBookmarks' && name !== 'watch'),
  ...deleteQuery,
].toSorted();
export const customReadQuery = ['resourceVersion'];

type Facts = [ApiParameter['type'], string];

const proxyPath = 'The path of the request that is passed on.';

const query: Record<string, Facts> = {
  allowWatchBookmarks: ['boolean', 'Whether a watch may send events of type BOOKMARK, which carry a revision only.'],
  command: ['string', 'The command and its arguments, one parameter each. No shell is involved.'],
  container: ['string', 'The container; the only one of the pod when absent.'],
  continue: ['string', 'Goes on with a list that a limit cut short: the token of the answer before.'],
  dryRun: ['string', 'With All, everything is done but keeping the change.'],
  fieldManager: ['string', 'Who makes the change, as managedFields records it; at most 128 printable characters.'],
  fieldSelector: ['string', 'Only objects with these values of fields; all when absent.'],
  fieldValidation: [
    'string',
    'What becomes of unknown and repeated fields: Ignore drops them, Warn also says so, Strict refuses the request.',
  ],
  follow: ['boolean', 'Whether the answer goes on with what is logged later.'],
  force: ['boolean', 'Whether an apply takes over fields that others manage.'],
  gracePeriodSeconds: [
    'integer',
    'Seconds until the object is deleted; the default of its kind when absent, at once when 0.',
  ],
  ignoreStoreReadErrorWithClusterBreakingPotential: [
    'boolean',
    'Whether what the store can not read may be deleted, whatever depends on it.',
  ],
  insecureSkipTLSVerifyBackend: ['boolean', 'Whether the certificate of the kubelet goes unchecked.'],
  labelSelector: ['string', 'Only objects with these labels; all when absent.'],
  limit: ['integer', 'How many objects to answer with at most; the rest follows with the continue token.'],
  limitBytes: ['integer', 'How many bytes to answer with at most.'],
  orphanDependents: ['boolean', 'Old spelling of propagationPolicy: whether dependents stay.'],
  ports: ['integer', 'The ports to forward.'],
  path: ['string', proxyPath],
  pretty: ['string', 'With true, the answer is indented.'],
  previous: ['boolean', 'Whether to show the log of the container before its last restart.'],
  propagationPolicy: ['string', 'What becomes of dependents: Orphan, Background or Foreground.'],
  resourceVersion: ['string', 'The revision that the answer may be as old as, must be of, or starts from.'],
  resourceVersionMatch: ['string', 'How resourceVersion binds a list: NotOlderThan or Exact.'],
  sendInitialEvents: ['boolean', 'Whether a watch begins with the objects that exist, and a bookmark after them.'],
  shardSelector: ['string', 'Which part of a list or watch to answer with, where the server divides them.'],
  sinceSeconds: ['integer', 'Only what was logged in the last seconds.'],
  stderr: ['boolean', 'Whether the standard error is streamed.'],
  stdin: ['boolean', 'Whether the standard input is streamed.'],
  stdout: ['boolean', 'Whether the standard output is streamed.'],
  stream: ['string', 'Which output of the container to show: All, Stdout or Stderr.'],
  tailLines: ['integer', 'Only the last lines.'],
  timeoutSeconds: ['integer', 'How long a list or watch may take.'],
  timestamps: ['boolean', 'Whether each line begins with its time.'],
  tty: ['boolean', 'Whether a terminal is allocated.'],
  watch: ['boolean', 'Whether to stream changes instead of listing objects.'],
};

/** The query parameter of that name. */
export function queryParameter(name: string): ApiParameter {
  const [type, description] = query[name] ?? ['string', ''];
  return { name, in: 'query', type, description };
}

/** The part of the path of that name. */
export function pathParameter(name: 'name' | 'namespace' | 'path', kind: string): ApiParameter {
  const descriptions = { name: `name of the ${kind}`, namespace: 'namespace of the object', path: proxyPath };
  return { name, in: 'path', type: 'string', required: true, description: descriptions[name] };
}

/** The parameters of a path: those that all its operations have, and those that one has of its own. */
export function parametersOf(
  { placeholders, operations }: ApiPath,
  kind: string,
): { shared: ApiParameter[]; ofOperation: (operation: ApiOperation) => ApiParameter[] } {
  const [first, ...others] = operations;
  const common = new Set(first?.query.filter((name) => others.every(({ query: its }) => its.includes(name))));
  const isPretty = operations.every(({ action }) => action !== 'connect');
  const shared = [
    ...placeholders.map((name) => pathParameter(name, kind)),
    ...[...(isPretty ? ['pretty'] : []), ...common].map(queryParameter),
  ];
  return {
    shared: shared.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ofOperation: ({ query: own }) => own.filter((name) => !common.has(name)).map(queryParameter),
  };
}
