// Requests with bare numbers: Go reads quantities and integers from how they are written, all else by value.

import { apply, type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const claims = '/api/v1/namespaces/{ns}/persistentvolumeclaims?dryRun=All';
const quotas = '/api/v1/namespaces/{ns}/resourcequotas';
const services = '/api/v1/namespaces/{ns}/services';
const revisions = '/apis/apps/v1/namespaces/{ns}/controllerrevisions';
const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';
const selector = { matchLabels: { app: 'x' } };
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'i' }] } };
const yaml = { 'content-type': 'application/yaml' };

const whole = ['1000', '1e3', '1E3', '1.0', '1e+3', '1e0', '-0.0', '0e1', '10.5e1'];
const broken = ['1.50', '0.0000001', '1e-400', '-1.5e2'];
const large = ['1e5', '9007199254740993', '9223372036854775807', '9223372036854775808', '1e21', '1e400'];
const texts = [...whole, ...broken, ...large];
/** What YAML has read keeps no more than the value. */
const values = [...whole, ...broken, '1e5', '1e21', '1e400'];

const wide = ['2147483648', '4294967297', '-2147483649', '1e10'];

/** Sent in fields of a custom resource. */
export const customNumbers = [...whole, ...broken, '1e5', '9223372036854775808', '1e21', '1e400', '-1e400'];

const named = (rest: string): string => `{"metadata":{"name":"a"},${rest}}`;
const claim = (text: string): string =>
  named(`"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":${text}}}}`);
const port = (text: string): string => `"spec":{"ports":[{"port":80,"targetPort":${text}}]}`;
/** The line of a request, and its headers. */
type Head = [line: string, headers?: Record<string, string>];
const sentAs = ([line, headers]: Head, all: string[], body: (text: string) => string): Step[] =>
  all.map((text): Step => [line, body(text), headers ?? {}]);

export const numberCases: Case[] = [
  {
    name: 'bare numbers as quantities',
    steps: [
      ...sentAs([`POST ${claims}`], texts, claim),
      ...sentAs([`POST ${claims}`, yaml], values, claim),
      ...sentAs([`POST ${quotas}?dryRun=All`], texts, (text) => named(`"spec":{"hard":{"cpu":${text}}}`)),
      ...sentAs(['POST /apis/node.k8s.io/v1/runtimeclasses?dryRun=All'], texts, (text) =>
        named(`"handler":"x","overhead":{"podFixed":{"cpu":${text}}}`),
      ),
    ],
  },
  {
    name: 'bare numbers as quantities in patches',
    steps: [
      [`POST ${quotas}`, { metadata: { name: 'a' }, spec: { hard: { cpu: '1' } } }],
      ...sentAs([`PATCH ${quotas}/a?dryRun=All`, merge], texts, (text) => `{"spec":{"hard":{"cpu":${text}}}}`),
      ...sentAs(
        [`PATCH ${quotas}/a?dryRun=All`, jsonPatch],
        texts,
        (text) => `[{"op":"replace","path":"/spec/hard/cpu","value":${text}}]`,
      ),
      ...sentAs([`PATCH ${quotas}/a?dryRun=All`, strategic], values, (text) => `{"spec":{"hard":{"cpu":${text}}}}`),
      ...sentAs(
        [`PATCH ${quotas}/a?dryRun=All&fieldManager=a&force=true`, apply],
        values,
        (text) => `{"apiVersion":"v1","kind":"ResourceQuota",${named(`"spec":{"hard":{"cpu":${text}}}`).slice(1)}`,
      ),
    ],
  },
  {
    name: 'bare numbers as integers',
    steps: [
      ...sentAs(['POST /apis/scheduling.k8s.io/v1/priorityclasses?dryRun=All'], texts, (text) =>
        named(`"value":${text}`),
      ),
      // What is more than 2^53 is not kept to the last digit.
      ...sentAs(
        [`POST ${revisions}?dryRun=All`],
        texts.filter((text) => !/^9[0-9]+[37]$/.test(text)),
        (text) => named(`"revision":${text},"data":{"a":1}`),
      ),
      ...sentAs([`PUT /api/v1/namespaces/{ns}/replicationcontrollers/a/scale`], ['1e3', '1.0', '1e400'], (text) =>
        named(`"spec":{"replicas":${text}}`),
      ),
      // What a strategic merge patch makes is converted: what is too large loses its highest bits.
      [`POST ${deployments}`, { metadata: { name: 'a' }, spec: { replicas: 1, selector, template } }],
      ...sentAs(
        [`PATCH ${deployments}/a?dryRun=All`, strategic],
        [...values, ...wide],
        (text) => `{"spec":{"replicas":${text}}}`,
      ),
      ...sentAs(
        [`PATCH ${deployments}/a?dryRun=All`, strategic],
        [...values, '-1e21'],
        (text) => `{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":${text}}}}}`,
      ),
      ...sentAs([`DELETE ${quotas}/nothing`], [...texts, '1.5'], (text) => `{"gracePeriodSeconds":${text}}`),
    ],
  },
  {
    name: 'bare numbers as integers or texts',
    steps: [
      ...sentAs([`POST ${services}?dryRun=All`], [...texts, '""', 'true', '{}', '[]'], (text) => named(port(text))),
      ...sentAs([`POST ${services}?dryRun=All`, yaml], values, (text) => named(port(text))),
      [`POST ${services}`, { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } }],
      ...sentAs([`PATCH ${services}/a?dryRun=All`, merge], [...texts, 'true'], (text) => `{${port(text)}}`),
      ...sentAs([`PATCH ${services}/a?dryRun=All`, strategic], [...values, 'true'], (text) => `{${port(text)}}`),
    ],
  },
];
