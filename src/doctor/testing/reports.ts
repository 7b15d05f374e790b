// What does a report hold in a test? Findings with every part, and texts as an attacker would write them.

import type { Finding, Severity } from '../finding.ts';
import { type Report, reportOf } from '../report/report.ts';
import { snapshotOf } from './builders.ts';

/** Text as an attacker would put it into a name or a message. */
export const nasty = '<script>alert(1)</script>"\'`|*\u001b[31m\n\u202e&amp;';

export function finding(name: string, rest: Partial<Finding> = {}): Finding {
  const subject = { kind: 'PersistentVolumeClaim', namespace: 'shop', name };
  return {
    rule: 'X01',
    severity: 'High',
    subject,
    objects: [subject],
    sentence: `Claim ${name} is stuck.`,
    evidence: [{ object: subject, path: 'status.phase', value: nasty }],
    cause: 'The cause of it.',
    consequence: 'It stays as it is.',
    actions: [
      { title: 'Never this', verdict: 'unsafe', proofs: [], commands: [], why: 'It loses data.' },
      {
        title: 'Look',
        verdict: 'safe',
        proofs: [],
        commands: ["kubectl get pvc 'a b' -n shop"],
        why: 'It changes nothing.',
      },
      {
        title: 'Delete',
        verdict: 'safe-after-proof',
        commands: ['kubectl delete pvc data'],
        why: 'It frees the name.',
        proofs: [{ claim: 'there is a copy', found: undefined, howTo: 'Make one.' }],
      },
    ],
    blames: [],
    ...rest,
  };
}

export function reportWith(findings: Finding[], options: { namespace?: string; minSeverity?: Severity } = {}): Report {
  const snapshot = snapshotOf([], { serverVersion: '1.34' });
  const notRun = [{ rule: 'L01', reason: 'volumeStats: no permission' }];
  const examination = { findings, notRun, partlyRun: [{ rule: 'P05', reason: 'events: no permission' }] };
  return reportOf({ snapshot, source: 'context test', notes: ['A note.'] }, examination, {
    rules: [],
    minSeverity: 'Low',
    ...options,
  });
}
