// As whom does a request want to be treated, and may it? Source: apiserver/pkg/endpoints/filters/impersonation.go.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { ApiRequest, UserInfo } from '../types.ts';
import { resourceAttributes } from './attributes.ts';
import { type Authorizer, requireAllowed, textAsSent } from './authorizer.ts';
import { serviceAccountGroups, serviceAccountOf } from './service-account-user.ts';

const headerPrefix = 'impersonate-';
const userHeader = 'impersonate-user';
const groupHeader = 'impersonate-group';
const uidHeader = 'impersonate-uid';
const extraPrefix = 'impersonate-extra-';

interface Wanted {
  user: string;
  groups: string[];
  uid: string;
  extra: Record<string, string[]>;
}

/** The user that the request is to be treated as; undefined if it does not ask for another. Throws BadRequest or Forbidden. */
export function impersonatedUser(
  user: UserInfo,
  headers: ApiRequest['headers'],
  authorizer: Authorizer,
): UserInfo | undefined {
  const wanted = wantedUser(headers);
  if (!wanted) return undefined;
  for (const asked of questions(wanted)) requireAllowed(authorizer, user, asked);
  const account = serviceAccountOf({ name: wanted.user });
  const groups = wanted.groups.length > 0 || !account ? wanted.groups : serviceAccountGroups(account.namespace);
  return {
    name: wanted.user,
    groups: withKnown(wanted.user, groups),
    ...(wanted.uid !== '' && { uid: wanted.uid }),
    ...(Object.keys(wanted.extra).length > 0 && { extra: wanted.extra }),
  };
}

/** Everybody is in one of two groups, also who does not ask for it; who names a user may ask for either. */
function withKnown(user: string, groups: string[]): string[] {
  const [authenticated, unauthenticated] = ['system:authenticated', 'system:unauthenticated'];
  if (groups.includes(unauthenticated)) return groups;
  if (user === 'system:anonymous') return [...groups, unauthenticated];
  return groups.includes(authenticated) ? groups : [...groups, authenticated];
}

/** What the headers ask for. A header that is sent several times comes joined by a comma and a blank. */
function wantedUser(headers: ApiRequest['headers']): Wanted | undefined {
  if (!asksForAnother(headers)) return undefined;
  const user = headers[userHeader] ?? '';
  const groups = values(headers[groupHeader]);
  const uid = headers[uidHeader] ?? '';
  const extra: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(extraPrefix)) extra[unescaped(name.slice(extraPrefix.length))] = values(value);
  }
  if (user !== '') return { user, groups, uid, extra };
  if (groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return undefined;
  const go = `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${goStrings(groups)}, Extra:${goExtra(extra)}}`;
  throw new StatusError('BadRequest', `requested ${go} without impersonating a user name`, { headers: textAsSent });
}

function goStrings(texts: string[]): string {
  return texts.length === 0 ? '[]string(nil)' : `[]string{${texts.map((each) => JSON.stringify(each)).join(', ')}}`;
}

function goExtra(extra: Record<string, string[]>): string {
  const entries = Object.entries(extra);
  if (entries.length === 0) return 'map[string][]string(nil)';
  return `map[string][]string{${entries.map(([name, each]) => `${JSON.stringify(name)}:${goStrings(each)}`).join(', ')}}`;
}

/** Of all requests few do: the others are not looked at closely. */
function asksForAnother(headers: ApiRequest['headers']): boolean {
  for (const name in headers) if (name.startsWith(headerPrefix)) return true;
  return false;
}

function values(header: string | undefined): string[] {
  return (header ?? '')
    .split(', ')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** Keys of extra fields are percent-encoded where a header name may not have their characters. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}

/** What the one who asks must be allowed: each part of the identity by itself. */
function* questions({ user, groups, uid, extra }: Wanted) {
  const verb = 'impersonate';
  const group = 'authentication.k8s.io';
  const account = serviceAccountOf({ name: user });
  yield account
    ? resourceAttributes({ verb, resource: 'serviceaccounts', ...account })
    : resourceAttributes({ verb, resource: 'users', name: user });
  for (const name of groups) yield resourceAttributes({ verb, resource: 'groups', name });
  for (const [subresource, names] of Object.entries(extra)) {
    for (const name of names) yield resourceAttributes({ verb, group, resource: 'userextras', subresource, name });
  }
  if (uid !== '') yield resourceAttributes({ verb, group, resource: 'uids', name: uid });
}
