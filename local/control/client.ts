import type { CallRecord } from '../calls/call.ts';
import type { CallPage } from '../calls/journal.ts';
import type { CallQuery } from '../calls/query.ts';
import type { RuleState } from '../faults/active-rule.ts';
import type { FaultRuleInput } from '../faults/rule.ts';

/** Where the control endpoint is, and its key. */
export interface ControlAddress {
  url: string;
  key: string;
}

/** A client of a local cloud's control endpoint. Every call throws with the answer when it is refused. */
export class ControlClient {
  readonly #address: ControlAddress;

  constructor(address: ControlAddress) {
    this.#address = address;
  }

  /** Puts a rule in force, or a demonstration by its name. */
  async addFault(rule: FaultRuleInput | string): Promise<RuleState> {
    return (await this.#ask('POST', '/faults', rule)) as RuleState;
  }

  /** The rules, and the seed that all draws derive from. */
  async faults(): Promise<{ seed: number; value: RuleState[] }> {
    return (await this.#ask('GET', '/faults')) as { seed: number; value: RuleState[] };
  }

  async removeFault(id: string): Promise<void> {
    await this.#ask('DELETE', `/faults/${encodeURIComponent(id)}`);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', '/faults');
  }

  /** All calls that match, page by page, oldest first. Throws when older calls were dropped already. */
  async calls(query: CallQuery = {}): Promise<CallRecord[]> {
    const found: CallRecord[] = [];
    for (let after = query.after === undefined ? undefined : Number(query.after); ; ) {
      const page = await this.callPage({ ...query, ...(after === undefined ? {} : { after }) });
      if (page.first > (after ?? 0) + 1) throw new Error(`The calls before ${page.first} are kept no more.`);
      found.push(...page.value);
      if (page.next === undefined) return found;
      after = page.next;
    }
  }

  /** One page of the calls that match. */
  async callPage(query: CallQuery = {}): Promise<CallPage> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
    return (await this.#ask('GET', `/calls?${text}`)) as CallPage;
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const { url, key } = this.#address;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
