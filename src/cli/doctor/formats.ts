// In which forms is a report given out?

import { renderJson, renderYaml } from '../../doctor/report/document.ts';
import { renderHtml } from '../../doctor/report/html.ts';
import { renderMarkdown } from '../../doctor/report/markdown.ts';
import { renderPolicyReports } from '../../doctor/report/policy-report.ts';
import type { Report } from '../../doctor/report/report.ts';
import { renderSarif } from '../../doctor/report/sarif.ts';
import { renderShort, renderWide } from '../../doctor/report/text.ts';

const renderers = {
  table: renderShort,
  wide: renderWide,
  json: renderJson,
  yaml: renderYaml,
  markdown: renderMarkdown,
  html: renderHtml,
  sarif: renderSarif,
  policyreport: renderPolicyReports,
} as const satisfies Record<string, (report: Report) => string>;

export type Format = keyof typeof renderers;

export const formats = Object.keys(renderers) as Format[];

export function render(report: Report, format: Format): string {
  return renderers[format](report);
}
