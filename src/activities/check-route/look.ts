import { type Failure, type Side, toFailure } from '../../domain/errors.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Services, SideServices } from '../services.ts';

/** Where a look is taken. */
export interface Place {
  services: Services;
  route: Route;
  side: Side;
  /** The services of this side. */
  own: SideServices;
  now: Date;
}

/** What a look found, or why it could not be taken. */
export type Look<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** Takes a look; a failure becomes data, so that one look does not hide the others. */
export async function look<T>(run: () => Promise<T>): Promise<Look<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}
