// Does the real kubectl work with custom resources? Definition, explain, tables, validation, scale, deletion.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from '../../../test/fixtures/kubectl.ts';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from './testing.ts';

let server: HttpsTestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  const identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  kubectl = await kubectlFor(server.url, identities.admin);
}, 60_000);
afterAll(async () => {
  await kubectl.dispose();
  await server.stop();
});

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec, description: When it runs}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What is wanted
            required: [cronSpec]
            properties:
              cronSpec: {type: string, description: When it runs, pattern: '^(\\S+ ){4}\\S+$'}
              replicas: {type: integer, default: 1, minimum: 0, maximum: 10}
            x-kubernetes-validations:
            - {rule: 'self.replicas % 2 == 1', message: replicas must be odd}
          status:
            type: object
            properties: {replicas: {type: integer}}
`;
const cronTab = (spec: string): string => `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: daily}
spec: ${spec}
`;

async function out(args: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args.split(' '), input === undefined ? {} : { input });
  expect(code, stderr).toBe(0);
  return stdout;
}

test('a definition is applied, waited for, explained, used and deleted', async () => {
  expect(await out('apply -f -', definition)).toBe(
    'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\n',
  );
  expect(await out('wait --for=condition=Established crd/crontabs.stable.example.com --timeout=10s')).toContain(
    'condition met',
  );
  expect(await out('explain crontab.spec.cronSpec')).toContain('When it runs');
  expect(await out('api-resources --api-group=stable.example.com')).toMatch(
    /crontabs +ct +stable.example.com\/v1 +true +CronTab/,
  );
  expect(await out('apply -f -', cronTab('{cronSpec: "* * * * 5"}'))).toBe(
    'crontab.stable.example.com/daily created\n',
  );
  expect(await out('get ct')).toMatch(/^NAME +SPEC +REPLICAS +AGE\ndaily +\* \* \* \* 5 +1 +\d+s\n$/);
  expect(await out('scale ct daily --replicas=3')).toBe('crontab.stable.example.com/daily scaled\n');
  const refused = async (spec: string): Promise<string> =>
    (await kubectl(['apply', '-f', '-'], { input: cronTab(spec) })).stderr;
  expect(await refused('{cronSpec: "* * * * 5", replicas: 4}')).toContain('spec: Invalid value: replicas must be odd');
  expect(await refused('{cronSpec: "daily"}')).toContain('spec.cronSpec in body should match');
  expect(await refused('{cronSpec: "* * * * 5", image: x}')).toContain('unknown field "spec.image"');
  expect(await out('get all')).toContain('crontab.stable.example.com/daily');
  expect(await out('delete crd crontabs.stable.example.com')).toContain('deleted');
  const gone = await kubectl(['get', 'ct']);
  // It still knows the resource from its cache; the server knows it no more.
  expect(gone.stderr).toContain('Error from server (NotFound)');
}, 60_000);

test('explain from the document of version 2, which kubectl reads in protobuf -> the same as from version 3', async () => {
  await out('apply -f -', definition);
  await out('wait --for=condition=Established crd/crontabs.stable.example.com');
  const old = (path: string): Promise<string> => out(`explain ${path} --output plaintext-openapiv2`);
  expect(await old('crontabs.spec')).toMatch(
    /What is wanted[^]*cronSpec\s+<string> -required-[^]*When it runs[^]*replicas\s+<integer>/,
  );
  expect(await old('pods.spec.containers.resources.limits')).toContain('FIELD:    limits <map[string]string>');
  const names = (text: string): string[] => [...text.matchAll(/^ {2,3}(\w+)\s+</gm)].map(([, name]) => name ?? '');
  expect(names(await old('persistentvolumeclaims.spec'))).toEqual(
    names(await out('explain persistentvolumeclaims.spec')),
  );
}, 60_000);
