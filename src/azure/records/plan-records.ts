import type { BatchTarget } from '../../domain/activities.ts';
import { wholeBatchOf } from '../../domain/batch/batch-parts.ts';
import { type BatchPlan, batchPlanSchema, batchPlansOf, type Plan, planSchema } from '../../domain/plan/plan.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { JsonBlobs } from './blob-json.ts';
import type { KnownBlobs } from './known-blobs.ts';

const PARALLEL_WRITES = 16;

const planBlob = (id: string) => `transfers/${id}/plan.json`;
const batchBlob = (id: string, path: string) => `transfers/${id}/plan/${path}.json`;

/** The plans of transfers: a whole one, and a part for each batch, so that no batch has to read what others move. */
export class PlanRecords {
  readonly #blobs: JsonBlobs;
  readonly #known: KnownBlobs;

  constructor(blobs: JsonBlobs, known: KnownBlobs) {
    this.#blobs = blobs;
    this.#known = known;
  }

  read(id: string): Promise<Plan | undefined> {
    return this.#known.read(planBlob(id), planSchema);
  }

  /**
   * Writes the plan once, and the parts of the one that is in force each time: when this has returned, all are there.
   * @returns the plan that is in force
   */
  async create(plan: Plan): Promise<Plan> {
    const { transfer } = plan;
    const isNew = await this.#blobs.create(planBlob(transfer), plan);
    const inForce = isNew ? plan : ((await this.read(transfer)) ?? plan);
    await mapBounded(batchPlansOf(inForce), PARALLEL_WRITES, ([path, part]) =>
      this.#blobs.write(batchBlob(transfer, path), part),
    );
    return inForce;
  }

  /** What the plan says of a batch, or of the whole batch that a half or rest came from. */
  async readBatch({ transfer, path }: BatchTarget): Promise<BatchPlan | undefined> {
    const whole = wholeBatchOf(path);
    const part = await this.#blobs.read(batchBlob(transfer, whole), batchPlanSchema);
    if (part) return part;
    // Plans of earlier versions have no parts.
    const plan = await this.read(transfer);
    return plan && { ...plan, artifacts: plan.artifacts.filter(({ batch }) => batch === whole) };
  }
}
