// What comes of what a webhook answers? Denials, warnings, bad answers, and those that never come.

import type { Answering } from '../../fixtures/recording-webhook.ts';
import { merge, type Step } from './exchange.ts';
import { patches } from './webhook-patches.ts';
import { base64, type HookSpec, type WebhookCase } from './webhooks.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const line = `POST ${maps}?dryRun=All`;
const create: Step = [line, { metadata: { name: 'a' }, data: { a: '1' } }];

/** One webhook, asked once. */
const answered = (name: string, answer: Answering, more: Partial<HookSpec> = {}): WebhookCase[] => [
  { name, hooks: [{ kind: 'validating', name: 'v', answer, ...more }], steps: [create] },
];
/** The answer is that of the name of the map. */
const byName =
  (answers: Record<string, Answering>): Answering =>
  (review) =>
    answers[String(review['name'])]?.(review) ?? { response: { allowed: true } };
const oneOfEach = (name: string, answers: Record<string, Answering>, more: Partial<HookSpec> = {}): WebhookCase[] =>
  (['mutating', 'validating'] as const).map((kind) => ({
    name: `${name}, ${kind}`,
    hooks: [{ kind, name: 'hook', answer: byName(answers), ...more }],
    steps: Object.keys(answers).map((each): Step => [line, { metadata: { name: each }, data: { a: '1' } }]),
  }));

const denied =
  (status?: object): Answering =>
  () => ({ response: { allowed: false, ...(status && { status }) } });
const said =
  (response: Record<string, unknown>): Answering =>
  () => ({ response });

const denials: Record<string, Answering> = {
  silent: denied(),
  'empty-status': denied({}),
  message: denied({ message: 'no' }),
  reason: denied({ reason: 'Because' }),
  both: denied({ message: 'no', reason: 'Forbidden', code: 403 }),
  code: denied({ message: 'no', code: 418 }),
  success: denied({ message: 'no', code: 200, status: 'Success' }),
  'own-status': denied({ message: 'no', code: 403, status: 'Odd' }),
  details: denied({
    message: 'no',
    code: 422,
    reason: 'Invalid',
    details: { name: 'n', group: 'g', kind: 'k', uid: 'u', causes: [{ reason: 'R', message: 'm', field: 'f' }] },
  }),
  retry: denied({ message: 'no', code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } }),
  metadata: denied({ message: 'no', metadata: { resourceVersion: '7', continue: 'c' } }),
  conflict: denied({ message: 'no', code: 409, reason: 'Conflict' }),
  'not-found': denied({ message: 'no', code: 404, reason: 'NotFound' }),
  negative: denied({ message: 'no', code: -1 }),
  warned: said({ allowed: false, status: { message: 'no' }, warnings: ['and more'] }),
};

const bad: Record<string, Answering> = {
  'no-response': () => ({}),
  'null-response': () => ({ review: { response: null } }),
  'other-uid': said({ allowed: true, uid: 'x' }),
  'no-uid': said({ allowed: true, uid: null }),
  'no-version': () => ({ review: { apiVersion: undefined }, response: { allowed: true } }),
  'no-kind': () => ({ review: { kind: undefined }, response: { allowed: true } }),
  'other-version': () => ({ review: { apiVersion: 'admission.k8s.io/v1beta1' }, response: { allowed: true } }),
  'unknown-version': () => ({ review: { apiVersion: 'admission.k8s.io/v7' }, response: { allowed: true } }),
  'other-kind': () => ({ review: { kind: 'Review' }, response: { allowed: true } }),
  'status-instead': () => ({
    text: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'm' }),
  }),
  'no-json': () => ({ text: 'hello' }),
  'half-json': () => ({ text: '{"kind":"AdmissionReview",' }),
  'json-list': () => ({ text: '[]' }),
  'json-text': () => ({ text: '"x"' }),
  'json-null': () => ({ text: 'null' }),
  empty: () => ({ text: '' }),
  yaml: () => ({ text: 'kind: AdmissionReview' }),
  'allowed-text': said({ allowed: 'yes' }),
  'warnings-text': said({ allowed: true, warnings: 'yes' }),
  'patch-number': said({ allowed: true, patch: 1 }),
  'patch-no-base64': said({ allowed: true, patchType: 'JSONPatch', patch: '***' }),
  'unknown-field': () => ({ review: { more: 1 }, response: { allowed: true, other: 2 } }),
  'status-list': said({ allowed: false, status: [] }),
  patched: said({ allowed: true, patchType: 'JSONPatch', patch: base64([{ op: 'add', path: '/data/b', value: '1' }]) }),
  'type-only': said({ allowed: true, patchType: 'JSONPatch' }),
  'empty-type': said({ allowed: true, patchType: '' }),
  'patch-only': said({ allowed: true, patch: base64([{ op: 'add', path: '/data/b', value: '1' }]) }),
  'patch-and-empty-type': said({ allowed: true, patchType: '', patch: base64([]) }),
  'merge-patch': said({ allowed: true, patchType: 'MergePatch', patch: base64({}) }),
  'merge-list': said({
    allowed: true,
    patchType: 'MergePatch',
    patch: base64([{ op: 'add', path: '/data/b', value: '1' }]),
  }),
};

const statuses: Record<string, Answering> = Object.fromEntries([
  ...[201, 204, 299, 302, 304, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 418, 422, 429, 500, 502, 503, 504].map(
    (status): [string, Answering] => [
      `status-${status}`,
      () => (status === 204 || status === 304 ? { status, text: '' } : { status, response: { allowed: true } }),
    ],
  ),
  ...[404, 500, 503].map((status): [string, Answering] => [`text-${status}`, () => ({ status, text: 'out of order' })]),
  ['empty-500', () => ({ status: 500, text: '' })],
  ['retry-429', () => ({ status: 429, text: 'slow', headers: { 'retry-after': '1' } })],
  [
    'status-object',
    () => ({
      status: 409,
      text: JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: 'taken',
        reason: 'Conflict',
        code: 409,
      }),
    }),
  ],
]);

const namespaced = (other: object): HookSpec['with'] => ({ ...other, timeoutSeconds: 2 });

export const answerCases: WebhookCase[] = [
  ...oneOfEach('denials', denials),
  ...oneOfEach('bad answers', bad),
  ...oneOfEach('bad answers of the older version', bad, { with: { admissionReviewVersions: ['v1beta1'] } }),
  ...oneOfEach('bad answers that do not matter', bad, { with: { failurePolicy: 'Ignore' } }),
  ...oneOfEach('codes', statuses),
  ...(['Fail', 'Ignore'] as const).map((failurePolicy) => ({
    name: `patches, ${failurePolicy}`,
    hooks: [
      {
        kind: 'mutating' as const,
        name: 'hook',
        answer: byName(
          Object.fromEntries(
            Object.entries(patches).map(([name, patch]) => [
              name,
              said({ allowed: true, patchType: 'JSONPatch', patch: base64(patch) }),
            ]),
          ),
        ),
        with: { failurePolicy },
      },
    ],
    steps: Object.keys(patches).map((each): Step => [line, { metadata: { name: each }, data: { a: '1' } }]),
  })),
  ...(['Fail', 'Ignore'] as const).flatMap((failurePolicy) =>
    (['mutating', 'validating'] as const).map((kind) => ({
      name: `no answer, ${failurePolicy}, ${kind}`,
      hooks: [{ kind, name: 'hook', answer: () => ({ isHeld: true }), with: { timeoutSeconds: 1, failurePolicy } }],
      steps: [create],
    })),
  ),
  {
    name: 'warnings',
    hooks: [
      {
        kind: 'validating',
        name: 'hook',
        answer: byName({
          one: said({ allowed: true, warnings: ['mind the gap'] }),
          same: said({ allowed: true, warnings: ['a', 'a', 'b'] }),
          empty: said({ allowed: true, warnings: ['', ' ', 'x'] }),
          odd: said({
            allowed: true,
            warnings: ['new\nline', 'tab\t', 'quote"', 'back\\slash', 'ünï', '\u0000nul', '\u007f'],
          }),
          long: said({ allowed: true, warnings: ['x'.repeat(300)] }),
          'long-unicode': said({ allowed: true, warnings: ['ü'.repeat(300)] }),
          many: said({ allowed: true, warnings: Array.from({ length: 30 }, (_, i) => `${i} ${'y'.repeat(200)}`) }),
          'many-long': said({
            allowed: true,
            warnings: Array.from({ length: 30 }, (_, i) => `${i} ${'y'.repeat(400)}`),
          }),
          'very-many': said({ allowed: true, warnings: Array.from({ length: 60 }, (_, i) => `w${i}`) }),
          huge: said({ allowed: true, warnings: ['z'.repeat(5000), 'short'] }),
        }),
      },
    ],
    steps: ['one', 'same', 'empty', 'odd', 'long', 'long-unicode', 'many', 'many-long', 'very-many', 'huge'].map(
      (name): Step => [line, { metadata: { name } }],
    ),
  },
  ...(['None', 'NoneOnDryRun'] as const).flatMap((sideEffects) =>
    answered(`side effects ${sideEffects}`, denied(), { with: { sideEffects } }),
  ),
  {
    name: 'nobody there',
    hooks: [{ kind: 'mutating', name: 'hook', with: namespaced({ clientConfig: { url: 'https://127.0.0.1:1/p' } }) }],
    steps: [create],
  },
  {
    name: 'an unknown host',
    hooks: [
      {
        kind: 'mutating',
        name: 'hook',
        with: namespaced({ clientConfig: { url: 'https://nowhere.invalid:8443/p' } }),
      },
    ],
    steps: [create],
  },
  {
    name: 'a service that is not there',
    hooks: [
      {
        kind: 'validating',
        name: 'hook',
        with: namespaced({ clientConfig: { service: { name: 's', namespace: 'default', path: '/p' } } }),
      },
    ],
    steps: [create],
  },
  {
    name: 'a service without such a port, or endpoints',
    prepared: [
      ['POST /api/v1/namespaces/{ns}/services', { metadata: { name: 's' }, spec: { ports: [{ port: 443 }] } }],
      [
        'POST /api/v1/namespaces/{ns}/services',
        { metadata: { name: 'e' }, spec: { type: 'ExternalName', externalName: 'nowhere.invalid' } },
      ],
    ],
    hooks: [
      {
        kind: 'mutating',
        name: 'a',
        with: namespaced({
          failurePolicy: 'Ignore',
          clientConfig: { service: { name: 's', namespace: '{ns}', port: 80 } },
        }),
      },
      {
        kind: 'validating',
        name: 'b',
        with: namespaced({
          clientConfig: { service: { name: 's', namespace: '{ns}', port: 80 } },
          objectSelector: { matchLabels: { h: 'b' } },
        }),
      },
      {
        kind: 'validating',
        name: 'd',
        with: namespaced({
          clientConfig: { service: { name: 'e', namespace: '{ns}' } },
          objectSelector: { matchLabels: { h: 'd' } },
        }),
      },
    ],
    steps: ['b', 'd'].map((h): Step => [line, { metadata: { name: 'a', labels: { h } } }]),
  },
  {
    name: 'an authority that nobody trusts',
    hooks: [{ kind: 'validating', name: 'hook', with: { clientConfig: 'untrusted' } }],
    steps: [create],
  },
  {
    name: 'a deletion with a change',
    prepared: [[`POST ${maps}`, { metadata: { name: 'a' } }]],
    hooks: [
      {
        kind: 'mutating',
        name: 'hook',
        answer: said({
          allowed: true,
          patchType: 'JSONPatch',
          patch: base64([{ op: 'add', path: '/data', value: {} }]),
        }),
      },
    ],
    steps: [`DELETE ${maps}/a`, [`PATCH ${maps}/a`, { data: { b: 'c' } }, merge]],
  },
];
