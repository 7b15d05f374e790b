// Which paths and operations does a resource have? The same list feeds both versions of the OpenAPI documents.

import { type ResourceDefinition, resourceVerbs } from '../../apis/definition.ts';
import { collectionQuery, customReadQuery, deleteQuery, listQuery, writeQuery } from './parameters.ts';
import { connectMethods, connectQuery, type Gvk, gvkOf, schemaNameOf } from './subresources.ts';

/** One HTTP method on one path. */
export interface ApiOperation {
  method: 'get' | 'put' | 'post' | 'patch' | 'delete' | 'head' | 'options';
  id: string;
  action: string;
  description: string;
  tag: string;
  query: string[];
  /** Schema name of the body. */
  body?: string;
  isBodyOptional?: boolean;
  /** Media types of the body of a patch. */
  patchTypes?: string[];
  /** Schema name of the answer; text when absent. */
  answer?: string;
  codes: number[];
  isStream?: boolean;
  gvk: Gvk;
}

export interface ApiPath {
  path: string;
  /** Names of the parameters within the path. */
  placeholders: ('name' | 'namespace' | 'path')[];
  operations: ApiOperation[];
}

const machinery = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const strategicPatchType = 'application/strategic-merge-patch+json';

/** The paths of a resource and its subresources. */
export function pathsOf(definition: ResourceDefinition): ApiPath[] {
  const { group, version, plural, namespaced } = definition.resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced ? `${root}/namespaces/{namespace}` : root;
  const placeholders: ApiPath['placeholders'] = namespaced ? ['namespace'] : [];
  const named: ApiPath['placeholders'] = ['name', ...placeholders];
  const builder = new Operations(definition);
  const paths: ApiPath[] = [
    { path: `${scope}/${plural}`, placeholders, operations: builder.ofCollection() },
    { path: `${scope}/${plural}/{name}`, placeholders: named, operations: builder.ofObject() },
  ];
  if (namespaced) {
    paths.push({ path: `${root}/${plural}`, placeholders: [], operations: builder.ofAllNamespaces() });
  }
  for (const subresource of definition.subresources) {
    const path = `${scope}/${plural}/{name}/${subresource}`;
    paths.push({ path, placeholders: named, operations: builder.ofSubresource(subresource) });
    if (subresource !== 'proxy') continue;
    paths.push({ path: `${path}/{path}`, placeholders: [...named, 'path'], operations: builder.ofProxyPath() });
  }
  return paths.filter(({ operations }) => operations.length > 0);
}

type Facts = Pick<ApiOperation, 'method' | 'id' | 'action' | 'description'> & Partial<ApiOperation>;

type Body = Required<Pick<ApiOperation, 'body' | 'answer' | 'gvk'>>;

class Operations {
  readonly #definition: ResourceDefinition;
  readonly #verbs: readonly string[];
  readonly #group: string;
  readonly #prefix: string;

  constructor(definition: ResourceDefinition) {
    this.#definition = definition;
    this.#verbs = definition.verbs ?? resourceVerbs;
    const { group, version } = definition.resource;
    this.#group = camelGroup(group);
    this.#prefix = `${capital(this.#group)}${capital(version)}`;
  }

  ofCollection(): ApiOperation[] {
    const { resource, schemaName } = this.#definition;
    const { kind } = resource;
    const operations = [
      this.#has('list') && this.#list(this.#name('list')),
      this.#has('create') &&
        this.#operation({
          method: 'post',
          id: this.#name('create'),
          action: 'post',
          description: `create ${article(kind)} ${kind}`,
          query: writeQuery,
          body: schemaName,
          codes: [200, 201, 202],
        }),
      this.#has('deletecollection') &&
        this.#operation({
          method: 'delete',
          id: this.#name('delete', { before: 'Collection' }),
          action: 'deletecollection',
          description: `delete collection of ${kind}`,
          // Those of custom resources are told as those of lists are.
          ...(this.#definition.isBuiltIn
            ? { query: collectionQuery, body: `${machinery}.DeleteOptions`, isBodyOptional: true }
            : { query: listQuery }),
          answer: `${machinery}.Status`,
        }),
    ];
    return operations.filter((operation) => operation !== false);
  }

  ofObject(): ApiOperation[] {
    const { resource, answersDeleted, schemaName } = this.#definition;
    const operations = [
      this.#has('get') && this.#read(''),
      this.#has('update') && this.#replace(''),
      this.#has('patch') && this.#patch(''),
      this.#has('delete') &&
        this.#operation({
          method: 'delete',
          id: this.#name('delete'),
          action: 'delete',
          description: `delete ${article(resource.kind)} ${resource.kind}`,
          query: deleteQuery,
          body: `${machinery}.DeleteOptions`,
          isBodyOptional: true,
          answer: answersDeleted ? schemaName : `${machinery}.Status`,
          codes: [200, 202],
        }),
    ];
    return operations.filter((operation) => operation !== false);
  }

  ofAllNamespaces(): ApiOperation[] {
    return this.#has('list')
      ? [this.#list(`list${this.#prefix}${this.#definition.resource.kind}ForAllNamespaces`)]
      : [];
  }

  ofProxyPath(): ApiOperation[] {
    return this.#connect('proxy', 'ProxyWithPath');
  }

  ofSubresource(subresource: string): ApiOperation[] {
    const { kind } = this.#definition.resource;
    const schemaName = schemaNameOf(subresource) ?? this.#definition.schemaName;
    // What is served of a custom resource is told as its own.
    const gvk = (this.#definition.isBuiltIn && gvkOf(subresource, kind)) || this.#gvk;
    const other = { body: schemaName, answer: schemaName, gvk };
    const suffix = capital(subresource);
    switch (subresource) {
      case 'binding':
      case 'eviction':
      case 'token': {
        const description = `create ${subresource} of ${article(kind)} ${kind}`;
        const facts = { description, id: this.#name('create', { after: suffix }), query: writeQuery };
        return [this.#operation({ method: 'post', action: 'post', ...facts, ...other, codes: [200, 201, 202] })];
      }
      case 'finalize':
        return [this.#replace(subresource, other)];
      case 'log':
        return [this.#text('get', { id: this.#name('read', { after: suffix }), subresource })];
      case 'exec':
      case 'attach':
      case 'portforward':
      case 'proxy':
        return this.#connect(subresource, suffix);
      default:
        return [this.#read(subresource, other), this.#replace(subresource, other), this.#patch(subresource, other)];
    }
  }

  #connect(subresource: string, after: string): ApiOperation[] {
    return connectMethods(subresource).map((method) =>
      this.#text(method, { id: this.#name('connect', { before: capital(method), after }), subresource }),
    );
  }

  #has(verb: string): boolean {
    return this.#verbs.includes(verb);
  }

  #list(id: string): ApiOperation {
    const { isBuiltIn, resource } = this.#definition;
    return this.#operation({
      method: 'get',
      id,
      action: 'list',
      description: `list ${isBuiltIn ? 'or watch ' : ''}objects of kind ${resource.kind}`,
      query: listQuery,
      answer: `${this.#definition.schemaName}List`,
      isStream: isBuiltIn,
    });
  }

  #read(subresource: string, { answer, gvk }: Body = this.#own): ApiOperation {
    const description = `read ${this.#of(subresource)}`;
    const id = this.#name('read', { after: capital(subresource) });
    const query = this.#definition.isBuiltIn ? [] : customReadQuery;
    return this.#operation({ method: 'get', action: 'get', description, id, query, answer, gvk });
  }

  #replace(subresource: string, body: Body = this.#own): ApiOperation {
    const description = `replace ${this.#of(subresource)}`;
    const id = this.#name('replace', { after: capital(subresource) });
    return this.#operation({
      method: 'put',
      action: 'put',
      description,
      id,
      query: writeQuery,
      codes: [200, 201],
      ...body,
    });
  }

  #patch(subresource: string, { answer, gvk }: Body = this.#own): ApiOperation {
    return this.#operation({
      method: 'patch',
      action: 'patch',
      description: `partially update ${this.#of(subresource)}`,
      id: this.#name('patch', { after: capital(subresource) }),
      query: [...writeQuery, 'force'],
      answer,
      gvk,
      body: `${machinery}.Patch`,
      patchTypes: this.#definition.isBuiltIn
        ? [...patchTypes.slice(0, 2), strategicPatchType, ...patchTypes.slice(2)]
        : patchTypes,
      codes: this.#definition.isBuiltIn ? [200, 201] : [200],
    });
  }

  /** An operation that answers with text or a stream. */
  #text(method: ApiOperation['method'], { id, subresource }: { id: string; subresource: string }): ApiOperation {
    const isLog = subresource === 'log';
    const { kind } = this.#definition.resource;
    const { answer: _, ...operation } = this.#operation({
      method,
      action: isLog ? 'get' : 'connect',
      id,
      description: isLog
        ? `read ${this.#of(subresource)}`
        : `connect ${method.toUpperCase()} requests to ${subresource} of ${kind}`,
      query: connectQuery[subresource] ?? [],
      gvk: gvkOf(subresource, kind) ?? this.#gvk,
    });
    return operation;
  }

  #operation(facts: Facts): ApiOperation {
    const { version } = this.#definition.resource;
    const { answer, gvk } = this.#own;
    return { tag: `${this.#group}_${version}`, query: [], codes: [200], answer, gvk, ...facts };
  }

  get #gvk(): Gvk {
    const { group, version, kind } = this.#definition.resource;
    return { group, version, kind };
  }

  get #own(): Body {
    const { schemaName } = this.#definition;
    return { body: schemaName, answer: schemaName, gvk: this.#gvk };
  }

  /** `listCoreV1NamespacedPod`, `connectCoreV1GetNamespacedPodExec`, … */
  #name(verb: string, { before = '', after = '' }: { before?: string; after?: string } = {}): string {
    const { kind, namespaced } = this.#definition.resource;
    return `${verb}${this.#prefix}${before}${namespaced ? 'Namespaced' : ''}${kind}${after}`;
  }

  #of(subresource: string): string {
    const { kind } = this.#definition.resource;
    return subresource === '' ? `the specified ${kind}` : `${subresource} of the specified ${kind}`;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function article(kind: string): string {
  return /^[AEIOU]/.test(kind) ? 'an' : 'a';
}

/** `core`, `apps`, `rbacAuthorization`: upstream's group names within names. */
function camelGroup(group: string): string {
  if (group === '') return 'core';
  const [first = '', ...rest] = group.replace(/\.k8s\.io$/, '').split('.');
  return first + rest.map(capital).join('');
}
