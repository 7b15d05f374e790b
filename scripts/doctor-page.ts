// What does the reference say of the doctor's rules? One page, made from the rules themselves.

import { assert } from '../src/base/assert.ts';
import type { Rule } from '../src/doctor/rule.ts';

const groups: Record<string, string> = {
  P: 'Binding and provisioning',
  S: 'Scheduling',
  A: 'Attaching',
  M: 'Mounting',
  L: 'Deleting and keeping',
  E: 'Growing',
  C: 'Capacity',
  W: 'Workloads',
  N: 'Snapshots',
  B: 'Backups',
  X: 'Versions and control plane',
};

/** The page as Markdown; the same rules give the same text. */
export function doctorPage(rules: readonly Rule[]): string {
  const parts = grouped(rules);
  return `# Rules of amarre doctor

Made from the rules by \`npm run docs:doctor\`; \`amarre doctor explain ID\` prints the same. A rule that lacks data is listed as *not run* by the
report, and never passes silently.

${[...parts].map(([group, members]) => `- ${groupName(group)}: ${members.map(({ id, title }) => `[${id}](#${anchor(id, title)})`).join(', ')}`).join('\n')}

${[...parts].map(([group, members]) => `## ${groupName(group)}\n\n${members.map(section).join('\n')}`).join('\n')}`;
}

function groupName(letter: string): string {
  const name = groups[letter];
  assert(name, `there are rules ${letter}…, and their group has no name`);
  return name;
}

function grouped(rules: readonly Rule[]): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const rule of rules) {
    const group = rule.id.replace(/\d+$/, '');
    found.set(group, [...(found.get(group) ?? []), rule]);
  }
  return found;
}

/** As code hosts make it from the heading. */
function anchor(id: string, title: string): string {
  return `${id} ${title}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

function section({ id, title, severity, needs, reads = [], page }: Rule): string {
  const lines: [string, string][] = [
    ['Severity', `${severity}, unless a finding says otherwise`],
    ['Symptom', page.symptom],
    ['Cause', page.cause],
    ['If nothing is done', page.consequence],
    ['Remedy', page.remedy],
    ['Wrong moves', page.wrongMoves],
    ['Needs', needs.join(', ')],
    ...(reads.length > 0 ? ([['Sees more with', reads.join(', ')]] as [string, string][]) : []),
  ];
  const sources = page.sources.map((source) => `<${source}>`).join(', ');
  return `### ${id} ${title}

${lines.map(([name, text]) => `- **${name}:** ${escaped(text)}`).join('\n')}
- **Sources:** ${sources}
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, '\\$&');
}
