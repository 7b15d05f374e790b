// What may others know, to check the server's tokens by themselves? OpenID discovery, as upstream serves it.

import { requireType } from '../../media-type.ts';
import { unendedResponse } from '../../respond.ts';
import type { ApiRequest, ApiResponse } from '../../types.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { jsonWebKeySet } from './signing-keys.ts';

const keysPath = '/openid/v1/jwks';
const configurationPath = '/.well-known/openid-configuration';
const keysType = 'application/jwk-set+json';
/** Where the documents are. */
export const tokenPaths = [configurationPath, keysPath];

/** Answers the two documents of the token issuer; undefined for any other path. Throws NotAcceptable. */
export function tokenDocument(
  tokens: ServiceAccountTokens | undefined,
  { path, headers }: ApiRequest,
): ApiResponse | undefined {
  if (!tokens) return undefined;
  const cache = { 'cache-control': 'public, max-age=3600' };
  const keys = tokens.settings.keys();
  if (path === keysPath) {
    requireType(headers['accept'], keysType);
    return unendedResponse(jsonWebKeySet(keys), { headers: { 'content-type': keysType, ...cache } });
  }
  if (path !== configurationPath) return undefined;
  requireType(headers['accept'], 'application/json');
  const authority = headers[':authority'] ?? headers['host'] ?? '';
  const { issuer, externalUrl } = tokens.settings;
  const document = {
    issuer,
    jwks_uri: `${externalUrl ?? `https://${authority}`}${keysPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.verifiers.map(({ algorithm }) => algorithm))].sort(),
  };
  return unendedResponse(document, { headers: cache });
}
