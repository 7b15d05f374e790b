// How does OpenAPI v3 describe one group version? Paths and schemas from the definitions.

import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';
import { serverVersion } from '../version.ts';
import { reachable, refPrefix, withLoneReferences } from './components.ts';
import { type ApiOperation, type ApiPath, pathsOf } from './operations.ts';
import { type ApiParameter, pathParameter, queryParameter } from './parameters.ts';

const jsonTypes = ['application/json', 'application/yaml'];
const codeTexts: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** The document of the resources in `entries`, all of one group version. */
export function openApiDocument(entries: readonly CatalogueEntry[], schemas: Schemas): unknown {
  const paths = entries.flatMap(({ definition, kind }) =>
    pathsOf(definition).map((path) => [path.path, pathItem(path, kind)] as const),
  );
  const components = Object.entries(reachable(entries, schemas));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion.gitVersion },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(components.map(([name, schema]) => [name, withLoneReferences(schema)])),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          name: 'authorization',
          in: 'header',
          description: 'Bearer token, or a client certificate.',
        },
      },
    },
  };
}

function pathItem({ placeholders, operations }: ApiPath, kind: string): unknown {
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, rendered(operation)])),
    parameters: [
      ...placeholders.map((name) => pathParameter(name, kind)),
      ...(operations.some(({ action }) => action === 'connect') ? [] : [queryParameter('pretty')]),
    ].map(parameter),
  };
}

function rendered(operation: ApiOperation): unknown {
  const { id, tag, action, description, query, codes, gvk } = operation;
  const answers = codes.map((code) => [code, { description: codeTexts[code], content: answerOf(operation) }]);
  return {
    tags: [tag],
    description,
    operationId: id,
    parameters: query.map((name) => parameter(queryParameter(name))),
    ...requestBody(operation),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}

function requestBody({ body, isBodyOptional, patchTypes }: ApiOperation): object {
  if (body === undefined) return {};
  const schema = { $ref: `${refPrefix}${body}` };
  const content = Object.fromEntries((patchTypes ?? ['*/*']).map((type) => [type, { schema }]));
  return { requestBody: { content, ...(!isBodyOptional && { required: true }) } };
}

function answerOf({ answer, isStream, action }: ApiOperation): object {
  const schema = answer === undefined ? { type: 'string' } : { $ref: `${refPrefix}${answer}` };
  const types = answer === undefined ? [action === 'connect' ? '*/*' : 'text/plain'] : jsonTypes;
  const streams = isStream ? ['application/json;stream=watch'] : [];
  return Object.fromEntries([...types, ...streams].map((type) => [type, { schema }]));
}

function parameter({ type, ...rest }: ApiParameter): unknown {
  return { ...rest, schema: { type, uniqueItems: true } };
}
