import { isFinalImport } from '../../domain/import/import-document.ts';
import type { Activity } from '../activity.ts';
import { currentAttempt } from './see-import.ts';

/** Notes that the import has begun and reads what steers it. Twice: the first beginning stays. */
export const beginImport: Activity<'beginImport'> = async (services, { importId }) => {
  const startedAt = new Date().toISOString();
  const document = await services.imports.update(importId, (found) =>
    isFinalImport(found) ? found : { ...found, state: 'Running', startedAt: found.startedAt ?? startedAt },
  );
  if (!document || isFinalImport(document)) return null;
  const { retry, run } = services.route(document.route);
  const { import: slots } = services.slots(document.route);
  return {
    route: document.route,
    archive: document.archive.name,
    attempt: currentAttempt(document),
    runTimeoutMs: run.timeoutMinutes * 60_000,
    retry,
    keepsRetries: true,
    ...(slots ? { slots } : {}),
  };
};
