import { z } from 'zod';
import { FAILURE_CLASSES, SIDES } from './errors.ts';

/** {@link Failure} as it is kept in records. */
export const failureSchema = z.object({
  class: z.enum(FAILURE_CLASSES),
  code: z.string(),
  message: z.string(),
  side: z.enum(SIDES).optional(),
  correlationId: z.string().optional(),
});
