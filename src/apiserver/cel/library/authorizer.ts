// May the user of a request do something else, too? Source: k8s.io/apiserver/pkg/cel/library/authz.go.

import type { Library } from '../functions.ts';
import { CelObject, type CelValue } from '../values.ts';

/** What is asked of the authorizer: a path, or a verb on a resource. */
export interface AuthorizationQuestion {
  path?: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  serviceAccount?: { namespace: string; name: string };
}

export interface AuthorizationAnswer {
  allowed: boolean;
  reason: string;
}

export type Authorize = (question: AuthorizationQuestion, verb: string) => AuthorizationAnswer;

/** A question in the making, or the authorizer itself. */
export class AuthorizerValue extends CelObject {
  readonly typeName: string;
  readonly authorize: Authorize;
  readonly question: AuthorizationQuestion;
  readonly #request: AuthorizationQuestion | undefined;

  /** `request` is what the request itself asks: `authorizer.requestResource`. */
  constructor(
    typeName: string,
    authorize: Authorize,
    { question = {}, request }: { question?: AuthorizationQuestion; request?: AuthorizationQuestion } = {},
  ) {
    super();
    this.typeName = typeName;
    this.authorize = authorize;
    this.question = question;
    this.#request = request;
  }

  with(typeName: string, more: AuthorizationQuestion): AuthorizerValue {
    return new AuthorizerValue(typeName, this.authorize, { question: { ...this.question, ...more } });
  }

  override field(name: string): AuthorizerValue | undefined {
    return name === 'requestResource' && this.#request ? this.with(resourceCheck, this.#request) : undefined;
  }

  override equals(other: CelObject): boolean {
    return other === this;
  }
}

class Decision extends CelObject {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }

  override field(): undefined {
    return undefined;
  }

  override equals(other: CelObject): boolean {
    return other === this;
  }
}

const prefix = 'kubernetes.authorization';
const authorizer = `${prefix}.Authorizer`;
const pathCheck = `${prefix}.PathCheck`;
const groupCheck = `${prefix}.GroupCheck`;
const resourceCheck = `${prefix}.ResourceCheck`;
const decision = `${prefix}.Decision`;

type Asked = AuthorizerValue;

const refine =
  (field: 'subresource' | 'namespace' | 'name') =>
  (asked: Asked, value: string): CelValue =>
    asked.with(resourceCheck, { [field]: value });
const check = (asked: Asked, verb: string): CelValue => new Decision(asked.authorize(asked.question, verb));

export const authorizerLibrary: Library = [
  [`${authorizer}.path(string): ${pathCheck}`, (asked: Asked, path: string) => asked.with(pathCheck, { path })],
  [`${authorizer}.group(string): ${groupCheck}`, (asked: Asked, group: string) => asked.with(groupCheck, { group })],
  [
    `${authorizer}.serviceAccount(string, string): ${authorizer}`,
    (asked: Asked, namespace: string, name: string) => asked.with(authorizer, { serviceAccount: { namespace, name } }),
  ],
  [
    `${groupCheck}.resource(string): ${resourceCheck}`,
    (asked: Asked, resource: string) => asked.with(resourceCheck, { resource }),
  ],
  [`${resourceCheck}.subresource(string): ${resourceCheck}`, refine('subresource')],
  [`${resourceCheck}.namespace(string): ${resourceCheck}`, refine('namespace')],
  [`${resourceCheck}.name(string): ${resourceCheck}`, refine('name')],
  // RBAC looks at no selectors: who may list all may list some.
  [`${resourceCheck}.fieldSelector(string): ${resourceCheck}`, (asked: Asked) => asked],
  [`${resourceCheck}.labelSelector(string): ${resourceCheck}`, (asked: Asked) => asked],
  [`${pathCheck}.check(string): ${decision}`, check],
  [`${resourceCheck}.check(string): ${decision}`, check],
  [`${decision}.allowed(): bool`, ({ answer }: Decision) => answer.allowed],
  [`${decision}.reason(): string`, ({ answer }: Decision) => answer.reason],
  [`${decision}.errored(): bool`, () => false],
  [`${decision}.error(): string`, () => ''],
];
