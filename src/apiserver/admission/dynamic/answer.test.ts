// What does a webhook's response say, and what if its fields are of the wrong types?

import { expect, test } from 'vitest';
import { type AdmissionAnswer, answerOf, denial, patchOf } from './answer.ts';
import { base64 } from './testing.ts';

const read = (response: unknown, isMutating = true): AdmissionAnswer =>
  answerOf(
    { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response },
    { uid: 'u', version: 'v1', isMutating },
  );

test.each<{ name: string; response: unknown; want: string }>([
  {
    name: 'a text for a truth',
    response: { uid: 'u', allowed: 'yes' },
    want: 'failed to call webhook: json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool',
  },
  {
    name: 'a text for a list',
    response: { uid: 'u', allowed: true, warnings: 'yes' },
    want: 'failed to call webhook: json: cannot unmarshal string into Go struct field AdmissionResponse.response.warnings of type []string',
  },
  {
    name: 'a list for a status',
    response: { uid: 'u', allowed: false, status: [] },
    want: 'failed to call webhook: json: cannot unmarshal array into Go struct field AdmissionResponse.response.status of type v1.Status',
  },
  {
    name: 'no base64',
    response: { uid: 'u', allowed: true, patchType: 'JSONPatch', patch: '***' },
    want: 'failed to call webhook: illegal base64 data at input byte 0',
  },
  {
    name: 'another uid',
    response: { uid: 'x', allowed: true },
    want: 'received invalid webhook response: expected response.uid="u", got "x"',
  },
  { name: 'nothing', response: null, want: 'received invalid webhook response: webhook response was absent' },
])('$name -> no answer', ({ response, want }) => {
  expect(() => read(response)).toThrow(want);
});

test.each<{ name: string; patch: unknown; want: string }>([
  { name: 'a text', patch: 'nonsense', want: 'json: cannot unmarshal string into Go value of type jsonpatch.Patch' },
  { name: 'an object', patch: {}, want: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch' },
  {
    name: 'a list of texts',
    patch: ['a'],
    want: 'json: cannot unmarshal string into Go value of type jsonpatch.Operation',
  },
])('$name -> no patch', ({ patch, want }) => {
  const answer = { allowed: true, patchType: 'JSONPatch', patch: base64(patch) };
  expect(() => patchOf(answer)).toThrow(`received undecodable patch in webhook response: ${want}`);
});

test('a denial is told as the webhook has it', () => {
  const status = { message: 'no', code: 422, reason: 'Invalid', details: { name: 'n', retryAfterSeconds: 3 } };
  const refusal = denial('w', {
    allowed: false,
    status: { ...status, status: 'Odd', metadata: { resourceVersion: '7' } },
  });
  expect(refusal).toMatchObject({
    message: 'admission webhook "w" denied the request: no',
    code: 422,
    details: status.details,
    answered: { status: 'Odd', metadata: { resourceVersion: '7' } },
  });
});

test('a code that HTTP lacks becomes one that it has', () => {
  expect(denial('w', { allowed: false, status: { code: 1000 } }).code).toBe(500);
});
