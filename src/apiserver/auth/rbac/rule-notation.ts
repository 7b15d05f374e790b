// How are many rules written down so that one can read them? One line each:
// `verbs | API groups | resources | resource names`, or `verbs | URLs` for paths.

import type { PolicyRule } from '../../../apis/rbac/generated/v1.ts';

/** Rules of lines. The core group is written as nothing; it stands before a comma where there are several. */
export function rules(lines: readonly string[]): PolicyRule[] {
  return lines.map(ruleOf);
}

function ruleOf(line: string): PolicyRule {
  const [verbs = '', second = '', resources, names] = line.split('|').map((part) => part.trim());
  const rule: PolicyRule = { verbs: words(verbs) };
  if (resources === undefined) return { ...rule, nonResourceURLs: words(second) };
  const apiGroups = second.split(',').map((group) => group.trim());
  return { ...rule, apiGroups, resources: words(resources), ...(names && { resourceNames: words(names) }) };
}

function words(text: string): string[] {
  return text.split(/\s+/);
}
