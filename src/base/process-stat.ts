/**
 * Fields of a /proc/<pid>/stat line from the third on: [0] is the state, [1] the parent, [19] the start in clock ticks.
 * Source: proc_pid_stat(5).
 */
export function statFields(text: string): string[] {
  // The command name in field 2 may hold spaces and parentheses: fields count from after the last one.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
