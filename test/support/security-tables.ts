import { readFileSync } from 'node:fs';

const IDENTITIES = ['app', 'export pipeline', 'import pipeline'];

/** A row of docs/security.md's table of roles. */
export interface AssignedRole {
  who: string;
  role: string;
  /** Id of a built-in role, or `custom`. */
  id: string;
  scope: string;
}

/** The table of all roles that the templates assign. */
export function assignedRoles(): AssignedRole[] {
  return rowsOf('## Who may do what').map(([who = '', role = '', id = '', scope = '']) => ({
    who,
    role: role.replace(/ \(.*\)$/, ''),
    id,
    scope,
  }));
}

/** The table of what a full run asks for: identity, role, scope, what was asked for, what the role allows beyond it. */
export function askedRoles(): string[][] {
  return rowsOf('## What a full run asks for');
}

function rowsOf(heading: string): string[][] {
  const text = readFileSync('docs/security.md', 'utf8');
  const [, section = ''] = text.split(`${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.filter(([who = '']) => IDENTITIES.includes(who));
}
