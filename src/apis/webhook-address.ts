// Is the address of a webhook well formed? Source: apiserver/pkg/util/webhook/validation.go.

import { X509Certificate } from 'node:crypto';
import { invalidValue, required } from '../apimachinery/field-error.ts';
import type { StatusCause } from '../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../apimachinery/validation.ts';
import type { ServiceReference } from './apiextensions/generated/v1.ts';

const form = '; desired format: https://host[/path]';

/** Problems of a webhook's `url`. */
export function urlRules(url: string, path: string): StatusCause[] {
  if (!URL.canParse(url)) {
    const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(url);
    return hasScheme
      ? [required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: invalid URL${form}`)]
      : [
          invalidValue(path, '', `'https' is the only allowed URL scheme${form}`),
          invalidValue(path, '', `host must be specified${form}`),
        ];
  }
  const { protocol, host, username, password, hash, search } = new URL(url);
  const user = password ? `${username}:${password}` : username;
  return [
    ...(protocol === 'https:'
      ? []
      : [invalidValue(path, protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`)]),
    ...(host ? [] : [invalidValue(path, '', `host must be specified${form}`)]),
    ...(user ? [invalidValue(path, user, 'user information is not permitted in the URL')] : []),
    ...(hash ? [invalidValue(path, hash.slice(1), 'fragments are not permitted in the URL')] : []),
    ...(search ? [invalidValue(path, search.slice(1), 'query parameters are not permitted in the URL')] : []),
  ];
}

/** Problems of a webhook's `service`. */
export function serviceRules(
  { name, namespace, path: urlPath, port = 443 }: Partial<ServiceReference>,
  path: string,
): StatusCause[] {
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65535;
  return [
    ...(name ? [] : [required(`${path}.name`)]),
    ...(namespace ? [] : [required(`${path}.namespace`)]),
    ...(isPort
      ? []
      : [invalidValue(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive')]),
    ...(urlPath ? pathRules(urlPath, `${path}.path`) : []),
  ];
}

function pathRules(urlPath: string, path: string): StatusCause[] {
  if (urlPath === '/') return [];
  if (urlPath === '//') return [invalidValue(path, urlPath, 'segment[0] may not be empty')];
  const start = urlPath.startsWith('/') ? [] : [invalidValue(path, urlPath, "must start with a '/'")];
  const segments = urlPath.slice(1).replace(/\/$/, '').split('/');
  const problems = segments.flatMap((segment, i) =>
    segment === ''
      ? [`segment[${i}] may not be empty`]
      : dns1123Subdomain(segment).map((problem) => `segment[${i}]: ${problem}`),
  );
  return [...start, ...problems.map((problem) => invalidValue(path, urlPath, problem))];
}

/** Problems of a `caBundle`: base64 of PEM certificates. */
export function caBundleRules(caBundle: string | undefined, path: string): StatusCause[] {
  if (!caBundle) return [];
  const pem = Buffer.from(caBundle, 'base64').toString();
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return [];
  return [invalidValue(path, caBundle, 'unable to load root certificates: unable to parse bytes as PEM block')];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  }
}
