// amarre doctor: why is it stuck, and what is safe to do?

import type { Command } from 'commander';
import type { Rule } from '../doctor/rule.ts';
import { allRules } from '../doctor/rules/all.ts';
import type { CommandContext } from './actions.ts';
import { renderTable } from './table.ts';

export function doctorCommand(parent: Command, { terminal }: CommandContext): void {
  const doctor = parent.command('doctor').description('Find out why storage is stuck, and what is safe to do');
  doctor
    .command('rules')
    .description('List the rules')
    .action(() => {
      const rows = allRules.map(({ id, severity, title }) => [id, severity, title]);
      terminal.out(`${renderTable(['rule', 'severity', 'title'], rows)}\n`);
    });
  doctor
    .command('explain <rule>')
    .description('Explain one rule')
    .action((id: string) => {
      const rule = allRules.find((each) => each.id === id.toUpperCase());
      if (!rule) throw new Error(`There is no rule "${id}"; \`amarre doctor rules\` lists them`);
      terminal.out(renderPage(rule));
    });
}

/** A rule's page as text for a terminal. */
function renderPage({ id, title, severity, needs, page }: Rule): string {
  const parts = [
    ['Symptom', page.symptom],
    ['Cause', page.cause],
    ['If nothing is done', page.consequence],
    ['Remedy', page.remedy],
    ['Wrong moves', page.wrongMoves],
    ['Reads', needs.join(', ')],
    ['Sources', page.sources.join('\n  ')],
  ];
  return `${id} ${title} (${severity})\n${parts.map(([name, text]) => `\n${name}\n  ${text}\n`).join('')}`;
}
