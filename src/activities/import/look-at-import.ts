import { type Activity, required } from '../activity.ts';
import { type SeenImport, seeImport } from './see-import.ts';

/** Looks once and shows in the record what the import waits for. Twice: looks again. */
export const lookAtImport: Activity<'lookAtImport'> = async (services, { importId, now }) => {
  const document = required(await services.imports.read(importId), `imports/${importId}.json`);
  const seen = await seeImport(services, document, { now: new Date(now), isFresh: false });
  const reason = reasonOf(seen) ?? document.reason;
  const { receipt } = seen;
  if (reason !== document.reason || JSON.stringify(receipt) !== JSON.stringify(document.receipt)) {
    await services.imports.update(importId, (found) => ({ ...found, reason, receipt }));
  }
  return seen.step;
};

/** Also why the service would not have imported the blob: it tells nobody. */
function reasonOf({ step, broken }: SeenImport): string | null {
  if (step.step === 'Wait') return step.reason;
  const isTaken = step.step === 'Claim' && broken.length > 0;
  return isTaken ? `ACR's own trigger does not take this blob: ${broken.join(', ')}.` : null;
}
