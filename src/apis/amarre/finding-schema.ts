// What schema has a Finding? Written by hand, after finding-types.ts.

import type { JsonSchema, SchemaComponents } from '../definition.ts';

export const findingSchemaName = 'io.amarre.v1alpha1.Finding';

const text = (description: string): JsonSchema => ({ type: 'string', description });
const list = (description: string, items: JsonSchema): JsonSchema => ({
  type: 'array',
  description,
  items,
  'x-kubernetes-list-type': 'atomic',
});
const fields = (description: string, properties: Record<string, JsonSchema>, required: string[]): JsonSchema => ({
  type: 'object',
  description,
  properties,
  required,
});

const subject = (description: string): JsonSchema =>
  fields(
    description,
    {
      kind: text('Kind of the object.'),
      namespace: text('Namespace of the object; absent for what has none.'),
      name: text('Name of the object.'),
    },
    ['kind', 'name'],
  );

const evidence = fields(
  'One observed fact.',
  { object: subject('The object that shows it.'), path: text('Path of the field.'), value: text('What stands there.') },
  ['object', 'path', 'value'],
);

const proof = fields(
  'Something that has to be true before the action is safe.',
  {
    claim: text('What has to be true.'),
    found: { type: 'boolean', description: 'Whether it was seen to be true.' },
    howTo: text('How someone finds it out.'),
  },
  ['claim', 'found', 'howTo'],
);

const action = fields(
  'Something that could be done, and whether it is safe.',
  {
    title: text('What it is.'),
    verdict: {
      type: 'string',
      description: 'Whether it is safe. A missing proof means not safe.',
      enum: ['safe', 'safe-after-proof', 'unsafe', 'needs-expert'],
    },
    why: text('What it does, or why it is not for everyone.'),
    commands: list('Ready to paste into a shell.', { type: 'string' }),
    proofs: list('What has to be proven first.', proof),
  },
  ['title', 'verdict', 'why'],
);

const symptom = fields(
  'Another finding that this one explains.',
  { rule: text('Its rule.'), subject: subject('Its object.'), sentence: text('What it says.') },
  ['rule', 'subject', 'sentence'],
);

export const findingSchemas: SchemaComponents = {
  [findingSchemaName]: {
    type: 'object',
    description: 'Finding is a cause of trouble with storage that a rule has found. It goes when the cause is gone.',
    required: ['spec'],
    properties: {
      apiVersion: text('APIVersion defines the versioned schema of this representation of an object.'),
      kind: text('Kind is a string value representing the REST resource this object represents.'),
      metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: fields(
        'What was found.',
        {
          rule: text('The rule that found it.'),
          severity: {
            type: 'string',
            description: 'How bad it is, by its consequence.',
            enum: ['Critical', 'High', 'Medium', 'Low'],
          },
          subject: subject('The object to blame.'),
          sentence: text('What is so, for someone at level 1.'),
          cause: text('Why it is so.'),
          consequence: text('What happens if nothing is done.'),
          evidence: list('What shows it.', evidence),
          actions: list('What can be done.', action),
          symptoms: list('What it explains.', symptom),
        },
        ['rule', 'severity', 'subject', 'sentence', 'cause', 'consequence', 'evidence', 'actions'],
      ),
    },
    'x-kubernetes-group-version-kind': [{ group: 'amarre.io', version: 'v1alpha1', kind: 'Finding' }],
  },
};
