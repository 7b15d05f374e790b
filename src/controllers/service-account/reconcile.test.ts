import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { ConfigMap, Namespace, Secret, ServiceAccount } from '../../apis/core/generated/v1.ts';
import { reconcileNamespace } from './namespace-controller.ts';
import { reconcileToken } from './token-controller.ts';

const meta = (name: string, more: object = {}): KubeObject['metadata'] => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...more,
});
const namespace: Namespace = { metadata: meta('shop') };
const account: ServiceAccount = { metadata: meta('default') };
const rootCa = (text: string): ConfigMap => ({ metadata: meta('kube-root-ca.crt'), data: { 'ca.crt': text } });

test.each([
  { name: 'nothing there yet', view: {}, want: 'CreateAccount' },
  { name: 'the account is there', view: { account }, want: 'CreateRootCa' },
  { name: 'both are there', view: { account, rootCa: rootCa('CA') }, want: 'Settled' },
  { name: 'the certificate is an old one', view: { account, rootCa: rootCa('old') }, want: 'UpdateRootCa' },
  { name: 'the namespace is gone', view: { namespace: undefined }, want: 'Settled' },
  {
    name: 'the namespace is going',
    view: { namespace: { metadata: meta('shop', { deletionTimestamp: '2026-01-01T00:00:00Z' }) } },
    want: 'Settled',
  },
])('reconcileNamespace: $name -> $want', ({ view, want }) => {
  const whole = { namespace, account: undefined, rootCa: undefined, authority: 'CA', ...view };
  expect(reconcileNamespace(whole).type).toBe(want);
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const data = { token: base64('t'), namespace: base64('shop'), 'ca.crt': base64('CA') };
const tokenSecret = (annotations: object = {}, more: Partial<Secret> = {}): Secret => ({
  metadata: meta('s', { annotations: { 'kubernetes.io/service-account.name': 'default', ...annotations } }),
  type: 'kubernetes.io/service-account-token',
  ...more,
});
const uid = { 'kubernetes.io/service-account.uid': 'uid-default' };

test.each<{ name: string; secret: Secret | undefined; account?: ServiceAccount | undefined; want: string }>([
  { name: 'a new secret', secret: tokenSecret(), want: 'FillSecret' },
  { name: 'a filled one', secret: tokenSecret(uid, { data }), want: 'Settled' },
  { name: 'one of another type', secret: tokenSecret({}, { type: 'Opaque' }), want: 'Settled' },
  { name: 'the account is gone', secret: tokenSecret(uid, { data }), account: undefined, want: 'DeleteSecret' },
  {
    name: 'the account is another one of that name',
    secret: tokenSecret({ 'kubernetes.io/service-account.uid': 'other' }, { data }),
    want: 'DeleteSecret',
  },
  {
    name: 'the authority has changed',
    secret: tokenSecret(uid, { data: { ...data, 'ca.crt': base64('old') } }),
    want: 'FillSecret',
  },
  { name: 'no secret', secret: undefined, want: 'Settled' },
])('reconcileToken: $name -> $want', ({ secret, want, ...rest }) => {
  const own = 'account' in rest ? rest.account : account;
  expect(reconcileToken(secret, { account: own, authority: 'CA' }).type).toBe(want);
});
