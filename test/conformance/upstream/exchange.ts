// Do both servers answer the same? Steps of one case go to both in turn, and what must differ is taken out of the answers.

import { parse } from 'yaml';
import type { ApiAnswer, ApiCaller } from '../../fixtures/api-caller.ts';

/** One request: `METHOD /path`, a body that is sent as JSON (a text as it is), and headers. `{ns}` is the case's namespace. */
export type Step = string | [line: string, body?: unknown, headers?: Record<string, string>];

export interface Case {
  name: string;
  steps: Step[];
}

/** What can be compared of one answer. */
export interface Comparable {
  step: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export const merge = { 'content-type': 'application/merge-patch+json' };
export const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
export const jsonPatch = { 'content-type': 'application/json-patch+json' };
export const apply = { 'content-type': 'application/apply-patch+yaml' };
export const as = (user: string, ...groups: string[]): Record<string, string> => ({
  'impersonate-user': user,
  ...(groups.length > 0 && { 'impersonate-group': groups.join(',') }),
});

/** Sends the steps of one case to a server, one after the other. */
export async function answersOf(call: ApiCaller, { steps }: Pick<Case, 'steps'>, name: string): Promise<Comparable[]> {
  await call('POST /api/v1/namespaces', { metadata: { name } });
  const answers: Comparable[] = [];
  for (const step of steps) answers.push(await answerOf(call, step, name));
  return answers;
}

/** Sends one step of the case `name`, whose namespace is there. */
export async function answerOf(call: ApiCaller, step: Step, name: string): Promise<Comparable> {
  const [line, body, headers] = typeof step === 'string' ? [step] : step;
  const filled: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll('{ns}', name));
  const answer = await call(line.replaceAll('{ns}', name), filled, headers && inNamespace(headers, name));
  return comparable(line, answer);
}

function inNamespace(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, value.replaceAll('{ns}', name)]));
}

/** Is it an error of the server's own to upstream, and the client's fault here? No request gets a 500 for what its sender did wrong. */
export function isRefusedByBoth(ours: Comparable, upstream: Comparable): boolean {
  const { reason } = upstream.body as { reason?: string };
  return upstream.status === 500 && reason === undefined && ours.status >= 400 && ours.status < 500;
}

// Presence is compared, values are each server's own.
const ownHeaders = ['audit-id', 'etag'];
const droppedHeaders = [
  'date',
  'content-length',
  // There are no FlowSchemas here.
  'x-kubernetes-pf-flowschema-uid',
  'x-kubernetes-pf-prioritylevel-uid',
];

export function comparable(step: string, { status, headers, text, json }: ApiAnswer): Comparable {
  const kept = Object.entries(headers)
    .filter(([name]) => !droppedHeaders.includes(name))
    .map(([name, value]) => [name, ownHeaders.includes(name) ? '<own>' : plainText(String(value))]);
  const frames = json === undefined && text.startsWith('{"type"') ? text.trim().split('\n') : undefined;
  const isYaml = headers['content-type']?.startsWith('application/yaml');
  // Of tables the columns differ in what they tell of themselves.
  const body = isYaml
    ? text.includes('kind: Table')
      ? plain(parse(text))
      : yamlLines(text)
    : frames
      ? frames.map((frame) => plain(JSON.parse(frame)))
      : json === undefined
        ? plainText(text)
        : plain(json);
  return { step, status, headers: Object.fromEntries(kept) as Record<string, string>, body };
}

/** YAML is compared as it is written. */
function yamlLines(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^( *(?:- )?(?:uid|resourceVersion|time|serverAddress): ).*$/, '$1<own>'));
  return lines.map(plainText);
}

const ownFields = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'time',
  'continue',
  'lastTransitionTime',
  'lastProbeTime',
  'startTime',
  'lastUpdateTime',
  'clusterIP',
  'serverAddress',
  'clusterIPs',
  'token',
  'remainingItemCount',
  'expirationTimestamp',
]);

/** A value without what is each server's own. */
export function plain(value: unknown, key = ''): unknown {
  if (key === 'token' && typeof value === 'string') return claimsIn(value);
  if (ownFields.has(key) && value !== null && value !== '' && typeof value !== 'object') return `<${key}>`;
  if (typeof value === 'string') return plainText(value);
  if (key === 'managedFields' && Array.isArray(value)) return value.map((one) => plain(one)).sort(byManager);
  // Upstream lists a user's rules as it comes upon their bindings in a map: by chance.
  if (Array.isArray(value) && /^(?:nonR|r)esourceRules$/.test(key)) return value.map((one) => plain(one)).sort(byText);
  // And the managers with which an apply conflicts.
  if (key === 'causes' && Array.isArray(value) && value.every(isOfConflict))
    return value.map((one) => plain(one)).sort(byText);
  if (Array.isArray(value)) return value.map((one) => plain(one, key === 'columnDefinitions' ? key : ''));
  if (typeof value !== 'object' || value === null) return value;
  // Times that nobody has set are absent here, and null there.
  const set = Object.entries(value).filter(([name, one]) => !(one === null && ownFields.has(name)));
  const entries = set.map(([name, one]) => [name, plain(one, name)] as const);
  const object = Object.fromEntries(entries) as Record<string, unknown>;
  // Columns of built-in kinds tell nothing of themselves here.
  if (key === 'columnDefinitions') delete object['description'];
  // Rows of none are null where upstream has no columns for a kind.
  if ('columnDefinitions' in object) object['rows'] ??= [];
  // Conditions that nobody has written are null upstream.
  if ('storedVersions' in object) object['conditions'] ??= [];
  const { generateName, name } = object;
  if (typeof generateName === 'string' && typeof name === 'string' && name.startsWith(generateName.slice(0, 58)))
    object['name'] = `${generateName}<random>`;
  return object;
}

interface Claims {
  iat: number;
  exp: number;
  nbf: number;
  'kubernetes.io'?: { warnafter?: number };
}

/** What a token says, with its times as they are to each other. */
function claimsIn(token: string): unknown {
  const [, middle] = token.split('.');
  if (middle === undefined) return '<token>';
  const { iat, exp, nbf, ...claims } = JSON.parse(Buffer.from(middle, 'base64url').toString()) as Claims;
  const { warnafter, ...bound } = claims['kubernetes.io'] ?? {};
  return plain({
    ...claims,
    'kubernetes.io': bound,
    lasts: exp - iat,
    waits: nbf - iat,
    warns: warnafter && warnafter - iat,
  });
}

function isOfConflict(cause: unknown): boolean {
  return (cause as { reason?: unknown }).reason === 'FieldManagerConflict';
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** Which of two managers wrote in an earlier second is chance. */
function byManager(a: unknown, b: unknown): number {
  const [first, second] = [a, b].map((each) => {
    const { manager, operation, subresource = '', apiVersion } = each as Record<string, string>;
    return `${manager} ${operation} ${subresource} ${apiVersion}`;
  }) as [string, string];
  return first < second ? -1 : 1;
}

function plainText(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/(patch: Invalid value: ")(?:[^"\\]|\\.)*"/, '$1<object>"')
    .replace(/^(Invalid value: ")\{(?:[^"\\]|\\.)*"/, '$1<object>"')
    .replace(/Code: 4, Key: [^,]*,/, 'Code: 4, Key: <key>,')
    .replace(/(in the precondition \(\d+\) does not match the ResourceVersion in record \()\d+/, '$1<revision>')
    .replace(/(ResourceVersion in object meta: )\d+/, '$1<revision>')
    .replace(/(Too large resource version: \d+, current: )\d+/, '$1<revision>')
    .replace(/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<random>')
    .replace(/^kube-apiserver-v1\.\d+\.\d+$/, 'kube-apiserver')
    .replace(/^10\.96\.\d+\.\d+$/, '<address>')
    .replace(/\ba{58}[a-z0-9]{5}\b/g, '<random>')
    .replace(/\b([Gg]en-)[a-z0-9]{5}\b/g, '$1<random>')
    .replace(/^\d+s$/, '<age>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>');
}
