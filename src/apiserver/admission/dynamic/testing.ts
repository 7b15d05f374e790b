// What do the tests of webhooks and policies share? A webhook that listens on HTTPS, and answers as its path says.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import { createAuthority, issueCertificate } from '../../../base/certificates.ts';
import { systemClock } from '../../../base/system-clock.ts';
import { systemRandom } from '../../../base/system-random.ts';
import type { TestServer } from '../../testing.ts';

export const registration = '/apis/admissionregistration.k8s.io/v1';

export interface ReviewRequest {
  uid: string;
  operation: string;
  name: string;
  object: KubeObject & { data?: Record<string, string> };
  oldObject: unknown;
  dryRun: boolean;
  namespace?: string;
  subResource?: string;
  kind: object;
  userInfo: object;
  options: object | null;
}
export type Answer = { allowed: boolean; [field: string]: unknown };

function defaultAnswers(): Record<string, (request: ReviewRequest) => Answer | undefined> {
  return {
    '/allow': () => ({ allowed: true, warnings: ['mind the gap'] }),
    '/deny': () => ({ allowed: false, status: { message: 'not today', code: 403 } }),
    '/silent': () => ({ allowed: false }),
    '/label': () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: base64([{ op: 'add', path: '/metadata/labels', value: { hooked: 'yes' } }]),
    }),
    '/count': ({ object }) => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: base64([{ op: 'add', path: '/data/count', value: String(Number(object.data?.['count'] ?? 0) + 1) }]),
    }),
    '/unknown': () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: base64([{ op: 'add', path: '/nonsense', value: 1 }]),
    }),
    '/wrong': () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: base64([{ op: 'replace', path: '/no/such', value: 1 }]),
    }),
    '/uid': () => ({ allowed: true, uid: 'other' }),
  };
}

/** A webhook whose answers are those of the path's function. */
export async function startHook() {
  const options = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
  const authority = await createAuthority('hook authority', options);
  const { cert, key } = await issueCertificate(
    authority,
    { commonName: 'hook', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    options,
  );
  const requests: ReviewRequest[] = [];
  const answers = defaultAnswers();
  const versions: Record<string, string> = {};
  const hookServer = createServer({ cert, key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { request } = JSON.parse(Buffer.concat(chunks).toString()) as { request: ReviewRequest };
      requests.push(request);
      // Held until the client gives up.
      if (incoming.url?.startsWith('/hang')) return;
      const answer = answers[new URL(incoming.url ?? '', 'https://hook').pathname]?.(request);
      if (!answer) response.writeHead(500).end('broken');
      else
        response.writeHead(200).end(
          JSON.stringify({
            apiVersion: `admission.k8s.io/${versions[new URL(incoming.url ?? '', 'https://hook').pathname] ?? 'v1'}`,
            kind: 'AdmissionReview',
            response: { uid: request.uid, ...answer },
          }),
        );
    });
  });
  await new Promise<void>((resolve) => hookServer.listen(0, '127.0.0.1', resolve));
  const { port } = hookServer.address() as AddressInfo;
  return {
    requests,
    /** By path; a test may add its own. */
    answers,
    versions,
    port,
    client: (path: string) => ({
      url: `https://127.0.0.1:${port}${path}`,
      caBundle: Buffer.from(authority.cert).toString('base64'),
    }),
    stop: () =>
      new Promise<void>((resolve) => {
        hookServer.close(() => resolve());
        hookServer.closeAllConnections();
      }),
  };
}

export function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

export type Hook = Awaited<ReturnType<typeof startHook>>;

export const configMapRules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];

/** Registers the webhook under `path`, in a configuration of that name. */
export async function register(
  { server, hook }: { server: TestServer; hook: Hook },
  kind: 'mutating' | 'validating',
  { path, name = path.slice(1), ...overrides }: { path: string; name?: string } & Record<string, unknown>,
): Promise<void> {
  const webhook = {
    name: `${name}.example.com`,
    clientConfig: hook.client(path),
    rules: configMapRules,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...overrides,
  };
  await server.create(`${registration}/${kind}webhookconfigurations`, { metadata: { name }, webhooks: [webhook] });
}

/** Deletes all webhooks and policies. */
export async function unregister(server: TestServer): Promise<void> {
  for (const plural of [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
  ])
    await server.call(`DELETE ${registration}/${plural}`);
}
