// What is said of a webhook's answer that is none?

import { expect, test } from 'vitest';
import { readReview, type WebhookAnswer } from './answer.ts';

const wanted = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
const answer = (body: string, more: Partial<WebhookAnswer> = {}): WebhookAnswer => ({
  status: 200,
  contentType: 'application/json',
  body: Buffer.from(body),
  ...more,
});
const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

test.each<{ name: string; answer: WebhookAnswer; want: string }>([
  {
    name: 'nothing',
    answer: answer(''),
    want: '0-length response with status code: 200 and content type: application/json',
  },
  {
    name: 'half a text',
    answer: answer('{"kind":"AdmissionReview",'),
    want: "couldn't get version/kind; json parse error: unexpected end of JSON input",
  },
  {
    name: 'a list',
    answer: answer('[]'),
    want: `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${typeMeta}`,
  },
  {
    name: 'another version',
    answer: answer('{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}'),
    want: 'converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion',
  },
  {
    name: 'an unknown kind',
    answer: answer('{"apiVersion":"admission.k8s.io/v1","kind":"Review"}'),
    want: 'no kind "Review" is registered for version "admission.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
  },
  {
    name: 'a Status with a code',
    answer: answer('{"kind":"Status","apiVersion":"v1","status":"Failure","message":"taken"}', { status: 409 }),
    want: 'taken',
  },
  { name: 'a conflict', answer: answer('', { status: 409 }), want: 'the server reported a conflict' },
  { name: 'a text that forbids', answer: answer('no', { status: 403, contentType: 'text/plain' }), want: 'no' },
  {
    name: 'a text about an error',
    answer: answer('broken\n', { status: 502, contentType: '' }),
    want: 'an error on the server ("broken") has prevented the request from succeeding',
  },
  {
    name: 'JSON about an error',
    answer: answer('{}', { status: 500 }),
    want: 'an error on the server ("unknown") has prevented the request from succeeding',
  },
  {
    name: 'an odd success',
    answer: answer('{}', { status: 299 }),
    want: 'the server responded with the status code 299 but did not return more information',
  },
])('$name -> the words of upstream’s client', async ({ answer: given, want }) => {
  await expect(readReview(given, wanted)).rejects.toThrow(want);
});

test.each(['{"response":{}}', 'response: {}', 'kind: AdmissionReview\nresponse: {}'])(
  '%j -> a review, though it names no version',
  async (text) => {
    expect(await readReview(answer(text), wanted)).toMatchObject({ response: {} });
  },
);
