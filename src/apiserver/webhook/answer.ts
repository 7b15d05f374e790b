// What does a webhook's answer say? It is read as upstream's client reads it, and refused in its words.
// Source: client-go/rest/request.go, and the scheme of apiserver/pkg/util/webhook.

import { goKind, goSyntaxError } from '../../apimachinery/go-json.ts';

/** Why a call came to nothing, in the words of upstream's client. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';
}

export interface WebhookAnswer {
  status: number;
  contentType: string;
  /** Seconds after which it wants to be asked again; undefined if it doesn't. */
  retryAfter?: number | undefined;
  body: Buffer;
}

/** What was asked for, and so is expected. */
export interface ReviewType {
  apiVersion: string;
  kind: string;
}

/** The review that the answer holds, as an object. Rejects with WebhookCallError. */
export async function readReview(answer: WebhookAnswer, wanted: ReviewType): Promise<Record<string, unknown>> {
  const { status, contentType, body } = answer;
  if (status < 200 || status > 206) throw new WebhookCallError((await statusMessage(answer)) ?? refusalOf(answer));
  if (body.byteLength === 0)
    throw new WebhookCallError(
      `0-length response with status code: ${status} and content type: ${contentType || 'application/json'}`,
    );
  const value = await parsed(body.toString());
  const review = value === null ? {} : value;
  const unreadable = problemOf(review, wanted);
  if (unreadable !== undefined) throw new WebhookCallError(unreadable);
  return review as Record<string, unknown>;
}

/** What begins like a JSON object is JSON; anything else is YAML, which JSON is too. */
async function parsed(text: string): Promise<unknown> {
  const unreadable = (why: string): WebhookCallError =>
    new WebhookCallError(`couldn't get version/kind; json parse error: ${why}`);
  if (text.trimStart().startsWith('{')) {
    const problem = goSyntaxError(text);
    if (problem !== undefined) throw unreadable(problem);
    return JSON.parse(text);
  }
  const { parse, YAMLError } = await import('yaml');
  try {
    return parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof YAMLError)) throw error;
    throw unreadable(error.message);
  }
}

const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const versions = ['v1', 'v1beta1'];

/** Why the value is no review of the wanted version; undefined if it is one. What names no version or kind is taken for it. */
function problemOf(value: unknown, wanted: ReviewType): string | undefined {
  if (typeof value !== 'object' || Array.isArray(value) || value === null)
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type ${typeMeta}`;
  const { apiVersion = wanted.apiVersion, kind = wanted.kind } = value as Partial<ReviewType>;
  if (apiVersion === wanted.apiVersion && kind === wanted.kind) return undefined;
  const [group = ''] = wanted.apiVersion.split('/');
  const known = [...versions.map((version) => `${group}/${version}, ${wanted.kind}`), 'v1, Status'];
  if (!known.includes(`${apiVersion}, ${kind}`))
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  const ownVersion = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const wantedVersion = wanted.apiVersion.slice(wanted.apiVersion.indexOf('/') + 1);
  return `converting (${ownVersion}.${kind}) to (${wantedVersion}.${wanted.kind}): unknown conversion`;
}

/** The message of an answer that is a Status; undefined if it is none. */
async function statusMessage({ body }: WebhookAnswer): Promise<string | undefined> {
  const value = await parsed(body.toString()).catch(() => undefined);
  const { apiVersion, kind, status, message = '' } = (value ?? {}) as Record<string, unknown>;
  return apiVersion === 'v1' && kind === 'Status' && status === 'Failure' ? String(message) : undefined;
}

const texts: Record<number, string> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

const textBytesMax = 2048;

/** What client-go says of an answer that is no success. Source: NewGenericServerResponse. */
function refusalOf({ status, contentType, body }: WebhookAnswer): string {
  const isText = contentType === '' || contentType.startsWith('text/');
  const said = isText ? body.subarray(0, textBytesMax).toString().trim() : 'unknown';
  const known = texts[status];
  if (known !== undefined) return known;
  // Who says no, or what can be sent, is believed.
  if (status === 403 || status === 415) return said;
  if (status === 406)
    return said === '' || said === 'unknown'
      ? 'the server was unable to respond with a content type that the client supports'
      : said;
  if (status >= 500)
    return `an error on the server (${JSON.stringify(said)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}
