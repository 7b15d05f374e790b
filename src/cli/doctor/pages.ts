// amarre doctor rules, explain and rbac: which rules are there, what does one mean, and which rights do they need?

import { Argument, type Command } from 'commander';
import { renderClusterRole } from '../../doctor/report/cluster-role.ts';
import type { Rule } from '../../doctor/rule.ts';
import { allRules } from '../../doctor/rules/all.ts';
import type { Terminal } from '../actions.ts';
import { renderTable } from '../table.ts';
import { parseRules, ruleNamed } from './options.ts';

export function pageCommands(doctor: Command, terminal: Terminal): void {
  doctor
    .command('rules')
    .description('List the rules')
    .action(() => {
      const rows = allRules.map(({ id, severity, title }) => [id, severity, title]);
      terminal.out(`${renderTable(['rule', 'severity', 'title'], rows)}\n`);
    });
  doctor
    .command('explain')
    .description('Explain one rule')
    .addArgument(new Argument('<rule>', 'its id').argParser(ruleNamed))
    .action((rule: Rule) => terminal.out(renderPage(rule)));
  doctor
    .command('rbac')
    .description('Print the least ClusterRole that the rules need')
    .argument('[rules]', 'only for these rules, by id, with commas between; all by default', parseRules)
    .action((rules: readonly Rule[] | undefined) => terminal.out(renderClusterRole(rules ?? allRules)));
}

/** A rule's page as text for a terminal. */
function renderPage({ id, title, severity, needs, reads = [], page }: Rule): string {
  const parts = [
    ['Symptom', page.symptom],
    ['Cause', page.cause],
    ['If nothing is done', page.consequence],
    ['Remedy', page.remedy],
    ['Wrong moves', page.wrongMoves],
    ['Needs', needs.join(', ')],
    ...(reads.length > 0 ? [['Sees more with', reads.join(', ')]] : []),
    ['Sources', page.sources.join('\n  ')],
  ];
  return `${id} ${title} (${severity})\n${parts.map(([name, text]) => `\n${name}\n  ${text}\n`).join('')}`;
}
