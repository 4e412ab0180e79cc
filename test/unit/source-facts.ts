import { parseSync } from '@swc/core';

/** One import of a file: what it names, and whether only types come from there. */
export interface ImportFact {
  specifier: string;
  isTypeOnly: boolean;
}

/** What the rules about rooms need to know of a source file. */
export interface SourceFacts {
  /** From the root of the project, with `/`. */
  path: string;
  lines: number;
  imports: ImportFact[];
  /** Every identifier in it, as a name or as part of an expression. */
  identifiers: ReadonlySet<string>;
  readsEnvironment: boolean;
}

type Node = Record<string, unknown>;

/** Reads a file's facts from its syntax: what stands in comments and texts does not count. */
export function readSource(path: string, text: string): SourceFacts {
  const program = parseSync(text, { syntax: 'typescript', target: 'es2023' });
  const imports: ImportFact[] = [];
  const identifiers = new Set<string>();
  let readsEnvironment = false;
  visit(program, (node) => {
    imports.push(...importsOf(node));
    if (node.type === 'Identifier' && typeof node.value === 'string') identifiers.add(node.value);
    readsEnvironment ||= isEnvironment(node);
  });
  return { path, lines: text.trimEnd().split('\n').length, imports, identifiers, readsEnvironment };
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) look(value as Node);
  for (const child of Object.values(value)) visit(child, look);
}

function importsOf(node: Node): ImportFact[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return [{ specifier: textOf(node.source), isTypeOnly: isTypeOnly(node) }];
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source ? [{ specifier: textOf(node.source), isTypeOnly: node.typeOnly === true }] : [];
    case 'TsImportType':
      return [{ specifier: textOf(node.argument), isTypeOnly: true }];
    case 'CallExpression':
      return isLoading(node.callee as Node)
        ? [{ specifier: textOf((node.arguments as { expression: unknown }[])[0]?.expression), isTypeOnly: false }]
        : [];
    default:
      return [];
  }
}

/** `import type …`, or an import of nothing but `type` names. */
function isTypeOnly(node: Node): boolean {
  const specifiers = node.specifiers as { isTypeOnly?: boolean }[];
  return node.typeOnly === true || (specifiers.length > 0 && specifiers.every((one) => one.isTypeOnly === true));
}

function isLoading(callee: Node): boolean {
  return callee.type === 'Import' || (callee.type === 'Identifier' && callee.value === 'require');
}

/** What is no plain text could be anything, and is named so. */
function textOf(node: unknown): string {
  const { type, value } = (node ?? {}) as Node;
  return type === 'StringLiteral' ? String(value) : '(computed)';
}

/** `process.env`, `process['env']`, `{ env } = process` or `env` of `node:process`. */
function isEnvironment(node: Node): boolean {
  if (node.type === 'ImportDeclaration') return /^(node:)?process$/.test(textOf(node.source));
  if (node.type === 'VariableDeclarator') return (node.init as Node | null)?.value === 'process';
  if (node.type !== 'MemberExpression') return false;
  const { object, property } = node as { object: Node; property: Node };
  if (object.type !== 'Identifier' || object.value !== 'process') return false;
  return property.value === 'env' || property.type === 'Computed';
}
