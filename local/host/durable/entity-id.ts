import { ClientError } from './start-instance.ts';

/** Which entity: its function's name in lower case, and a key of its own. */
export interface EntityId {
  name: string;
  key: string;
}

/** The one text for an entity, `@name@key`; names that differ in case only are one entity. */
export function formatEntityId({ name, key }: EntityId): string {
  return `@${name.toLowerCase()}@${key}`;
}

/** Parses `@name@key`; the key may hold further `@`. Throws {@link ClientError} for any other text. */
export function parseEntityId(text: string): EntityId {
  const match = /^@([^@]+)@(.+)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new ClientError(`'${text}' is no entity id; allowed: @name@key`);
  }
  return { name: match[1].toLowerCase(), key: match[2] };
}
