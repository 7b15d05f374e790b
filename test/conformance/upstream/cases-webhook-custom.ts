// What are webhooks told about custom resources, in which version, and what becomes of their changes?

import type { Answering } from '../../fixtures/recording-webhook.ts';
import { apply, jsonPatch, merge, type Step } from './exchange.ts';
import { patching, type WebhookCase } from './webhooks.ts';

const ofVersion = (apiVersions: string[], ...resources: string[]): object[] => [
  { operations: ['*'], apiGroups: ['hooked.example.com'], apiVersions, resources },
];
const widgets = (version: string): string => `/apis/hooked.example.com/${version}/namespaces/{ns}/gadgets`;
const gadget = (version: string, name: string, spec: object = { a: 1 }): object => ({
  apiVersion: `hooked.example.com/${version}`,
  kind: 'Gadget',
  metadata: { name },
  spec,
});
const version = (name: string, more: object = {}): object => ({
  name,
  served: true,
  storage: name === 'v1',
  subresources: { status: {}, scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.n' } },
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string', default: name } } },
        status: { type: 'object', properties: { n: { type: 'integer' } } },
      },
    },
  },
  ...more,
});
const definition: Step = [
  'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  {
    metadata: { name: 'gadgets.hooked.example.com' },
    spec: {
      group: 'hooked.example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [version('v1'), version('v1beta1')],
    },
  },
];

const at = (version: string): string => `/apis/hooked.example.com/${version}/namespaces/{ns}/renames`;
const rename = (version: string, spec: object, metadata: object = {}): object => ({
  apiVersion: `hooked.example.com/${version}`,
  kind: 'Rename',
  metadata: { name: 'x', ...metadata },
  spec,
});
const ofText = { type: 'string' };
const renamed = (name: string, field: string): object => ({
  name,
  served: true,
  storage: name === 'v1',
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            [field]: ofText,
            same: ofText,
            list: { type: 'array', items: ofText, 'x-kubernetes-list-type': 'set' },
          },
        },
        status: { type: 'object', properties: { s: ofText } },
      },
    },
  },
});
const renames: Step = [
  'POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  {
    metadata: { name: 'renames.hooked.example.com' },
    spec: {
      group: 'hooked.example.com',
      scope: 'Namespaced',
      names: { plural: 'renames', kind: 'Rename' },
      versions: [renamed('v1', 'size'), renamed('v2', 'width')],
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: '{converter}', conversionReviewVersions: ['v1'] },
      },
    },
  },
];
/** `size` of v1 is `width` in v2. */
const renaming: Answering = ({ desiredAPIVersion, objects }) => ({
  response: {
    result: { status: 'Success' },
    convertedObjects: (objects as { spec?: Record<string, unknown> }[]).map(({ spec = {}, ...object }) => {
      const { size, width, ...rest } = spec;
      const value = size ?? width;
      const field = String(desiredAPIVersion).endsWith('v1') ? 'size' : 'width';
      return {
        ...object,
        apiVersion: desiredAPIVersion,
        spec: { ...rest, ...(value !== undefined && { [field]: value }) },
      };
    }),
  },
});

export const customCases: WebhookCase[] = [
  {
    name: 'custom resources',
    prepared: [definition],
    hooks: [
      { kind: 'mutating', name: 'beta', with: { rules: ofVersion(['v1beta1'], '*/*') } },
      {
        kind: 'mutating',
        name: 'change',
        answer: patching({ op: 'add', path: '/spec/b', value: 'changed' }),
        with: {
          rules: [
            { operations: ['CREATE'], apiGroups: ['hooked.example.com'], apiVersions: ['*'], resources: ['gadgets'] },
          ],
        },
      },
      { kind: 'validating', name: 'exact', with: { matchPolicy: 'Exact', rules: ofVersion(['v1'], '*/*') } },
    ],
    steps: [
      [`POST ${widgets('v1')}`, gadget('v1', 'g')],
      [`POST ${widgets('v1beta1')}`, gadget('v1beta1', 'h')],
      [`PUT ${widgets('v1')}/none`, gadget('v1', 'none')],
      [`PATCH ${widgets('v1')}/g`, { spec: { a: 2, unknown: 1 } }, merge],
      [`PATCH ${widgets('v1beta1')}/g/status`, { status: { n: 2 }, spec: { a: 9 } }, merge],
      [`PATCH ${widgets('v1')}/g/scale`, { spec: { replicas: 4 } }, merge],
      [`PATCH ${widgets('v1')}/g?fieldManager=f&force=true`, gadget('v1', 'g', { b: 'applied' }), apply],
      `GET ${widgets('v1')}/g`,
      `DELETE ${widgets('v1beta1')}/g`,
      `DELETE ${widgets('v1')}/h`,
      'DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.hooked.example.com',
    ],
  },
  {
    name: 'owners across versions that a webhook converts',
    prepared: [renames],
    hooks: [],
    converting: renaming,
    steps: [
      [`POST ${at('v1')}?fieldManager=maker`, rename('v1', { size: '1', same: '1' })],
      [`PATCH ${at('v1')}/x?fieldManager=app1`, rename('v1', { size: '1', list: ['a'] }), apply],
      [`PATCH ${at('v2')}/x?fieldManager=app2`, rename('v2', { width: '2' }), apply],
      [`PATCH ${at('v2')}/x?fieldManager=app2&force=true`, rename('v2', { width: '2', list: ['b'] }), apply],
      `GET ${at('v1')}/x`,
      [`PATCH ${at('v1')}/x?fieldManager=app1`, rename('v1', { size: '2', list: ['a'] }), apply],
      [`PATCH ${at('v2')}/x?fieldManager=up`, { spec: { width: '3' } }, merge],
      [`PATCH ${at('v2')}/x?fieldManager=up`, { spec: { same: '3' } }, merge],
      [`PATCH ${at('v1')}/x?fieldManager=up`, { spec: { size: '4' } }, merge],
      [`PATCH ${at('v1')}/x?fieldManager=app1`, rename('v1', { list: ['a'] }), apply],
      [`PATCH ${at('v2')}/x?fieldManager=app2`, rename('v2', {}), apply],
      [`PATCH ${at('v2')}/x?fieldManager=put`, [{ op: 'replace', path: '/spec/width', value: '5' }], jsonPatch],
      [`PATCH ${at('v2')}/x/status?fieldManager=st`, { status: { s: '1' } }, merge],
      [
        `PATCH ${at('v1')}/x/status?fieldManager=st1&force=true`,
        { ...rename('v1', { size: '8' }), status: { s: '2' } },
        apply,
      ],
      `GET ${at('v2')}/x`,
      'DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/renames.hooked.example.com',
    ],
  },
];
