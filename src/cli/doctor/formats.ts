// In which forms is a report given out?

import { renderJson, renderYaml } from '../../doctor/report/document.ts';
import { renderMarkdown } from '../../doctor/report/markdown.ts';
import type { Report } from '../../doctor/report/report.ts';
import { renderShort, renderWide } from '../../doctor/report/text.ts';

const renderers = {
  table: renderShort,
  wide: renderWide,
  json: renderJson,
  yaml: renderYaml,
  markdown: renderMarkdown,
} as const satisfies Record<string, (report: Report) => string>;

export type Format = keyof typeof renderers;

export const formats = Object.keys(renderers) as Format[];

export function render(report: Report, format: Format): string {
  return renderers[format](report);
}
