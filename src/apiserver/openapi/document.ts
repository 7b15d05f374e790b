// How does OpenAPI v3 describe one group version? Paths and schemas from the definitions.

import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';
import { documentVersion } from '../version.ts';
import { reachable, refPrefix } from './components.ts';
import { type ApiOperation, type ApiPath, pathsOf } from './operations.ts';
import { type ApiParameter, parametersOf } from './parameters.ts';
import { componentOf, customComponentOf } from './version-three.ts';

const jsonTypes = ['application/json', 'application/yaml'];
const protobufType = 'application/vnd.kubernetes.protobuf';
const codeTexts: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** The document of the resources in `entries`, all of one group version. */
export function openApiDocument(entries: readonly CatalogueEntry[], schemas: Schemas): unknown {
  const paths = entries.flatMap(({ definition, kind }) =>
    pathsOf(definition).map((path) => [path.path, pathItem(path, { kind, isBuiltIn: definition.isBuiltIn })] as const),
  );
  const isBuiltIn = entries.some(({ definition }) => definition.isBuiltIn);
  const custom = new Set(
    entries.flatMap(({ definition }) =>
      definition.isBuiltIn ? [] : [definition.schemaName, `${definition.schemaName}List`],
    ),
  );
  const components = Object.entries(reachable(entries, schemas));
  return {
    openapi: '3.0.0',
    info: isBuiltIn
      ? { title: 'Kubernetes', version: documentVersion }
      : { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(
        components.map(([name, schema]) => [
          name,
          custom.has(name) ? customComponentOf(schema) : componentOf(name, schema),
        ]),
      ),
      ...(isBuiltIn && {
        securitySchemes: {
          BearerToken: {
            type: 'apiKey',
            name: 'authorization',
            in: 'header',
            description: 'Bearer token, or a client certificate.',
          },
        },
      }),
    },
  };
}

interface Served {
  kind: string;
  isBuiltIn: boolean;
}

function pathItem(path: ApiPath, served: Served): unknown {
  const { shared, ofOperation } = parametersOf(path, served.kind);
  return {
    ...Object.fromEntries(
      path.operations.map((operation) => [operation.method, rendered(operation, ofOperation(operation), served)]),
    ),
    ...(shared.length > 0 && { parameters: shared.map(parameter) }),
  };
}

function rendered(operation: ApiOperation, parameters: ApiParameter[], served: Served): unknown {
  const { id, tag, action, description, codes, gvk } = operation;
  const answers = codes.map((code) => [code, { description: codeTexts[code], content: answerOf(operation, served) }]);
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length > 0 && { parameters: parameters.map(parameter) }),
    ...requestBody(operation, served),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}

function requestBody({ body, isBodyOptional, patchTypes }: ApiOperation, { isBuiltIn }: Served): object {
  if (body === undefined) return {};
  const schema = { $ref: `${refPrefix}${body}` };
  const types = patchTypes ?? (isBuiltIn ? ['*/*'] : jsonTypes);
  const content = Object.fromEntries(types.map((type) => [type, { schema }]));
  return { requestBody: { content, ...(!isBodyOptional && { required: true }) } };
}

function answerOf({ answer, isStream, action }: ApiOperation, { isBuiltIn }: Served): object {
  const schema = answer === undefined ? { type: 'string' } : { $ref: `${refPrefix}${answer}` };
  const own = isBuiltIn ? [...jsonTypes, protobufType] : jsonTypes;
  const asText = action === 'connect' ? ['*/*'] : ['text/plain', ...own];
  const types = answer === undefined ? asText : own;
  const streams = isStream ? ['application/json;stream=watch', `${protobufType};stream=watch`] : [];
  return Object.fromEntries([...types, ...streams].map((type) => [type, { schema }]));
}

function parameter({ type, ...rest }: ApiParameter): unknown {
  return { ...rest, schema: { type, uniqueItems: true } };
}
