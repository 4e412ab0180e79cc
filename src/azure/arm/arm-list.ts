import { z } from 'zod';
import type { ArmCall, ArmClient } from './arm-client.ts';

/** What is listed: `action` in the imperative, for messages, `path` as {@link ArmCall}'s. */
export type ListCall = Pick<ArmCall, 'action' | 'path'>;

/**
 * All items of one of ARM's lists, in its order; a page is asked for when the one before is used up. Throws
 * `TransferError`s; a next page of another origin is refused (`FOREIGN_ORIGIN`).
 */
export async function* listArm<T>(
  client: ArmClient,
  { action, path }: ListCall,
  item: z.ZodType<T>,
): AsyncGenerator<T> {
  const schema = z.looseObject({ value: z.array(item), nextLink: z.string().nullish() });
  let next: string | undefined = path;
  while (next !== undefined) {
    const call: ArmCall = { action, method: 'get', path: next, accept: [200] };
    const page: z.infer<typeof schema> = client.parse(call, schema, (await client.send(call)).body);
    yield* page.value;
    next = page.nextLink ? new URL(page.nextLink, client.endpoint).href : undefined;
  }
}
