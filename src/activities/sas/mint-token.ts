import {
  type KeyedContainer,
  signAccountSas,
  signContainerSasWithKey,
  signContainerSasWithPolicy,
  type TokenTerms,
  writeStoredPolicy,
} from '../../azure/sas/account-key-sas.ts';
import { mintContainerSas } from '../../azure/sas/sas.ts';
import { TransferError } from '../../domain/errors.ts';
import type { SideServices } from '../services.ts';

/** A new token, which must not leave this room, and which key signed it. */
export interface MintedToken {
  token: string;
  keyId: string;
}

/** Mints a token as the side's `sas` says. A stored policy is made or prolonged first: the token that is there lives on. */
export async function mintToken(side: SideServices, terms: TokenTerms): Promise<MintedToken> {
  const { settings, credential } = side;
  const { sas, container: containerUrl } = settings;
  if (sas.kind === 'userDelegation') {
    const token = await mintContainerSas({ containerUrl, credential, ...terms });
    return { token, keyId: new URLSearchParams(token).get('skoid') ?? '' };
  }
  const { container, keyId } = await openWithKey(side);
  if (sas.kind === 'accountKey') return { token: signContainerSasWithKey(container, terms), keyId };
  if (sas.kind === 'account') return { token: signAccountSas(container, terms), keyId };
  await writeStoredPolicy(container, sas.policy, terms);
  return { token: signContainerSasWithPolicy(container, sas.policy), keyId };
}

/** The side's container with the first key of its account. @throws `KEY_MISSING` */
export async function openWithKey(side: SideServices): Promise<{ container: KeyedContainer; keyId: string }> {
  const { sas, container: containerUrl } = side.settings;
  if (sas.kind === 'userDelegation') throw new TypeError('a user-delegation token needs no account key');
  const [key] = await side.accounts.listKeys(sas.account);
  if (!key) {
    const message = `Storage account ${sas.account} has no key to sign with.`;
    throw new TransferError(message, { class: 'access', code: 'KEY_MISSING' });
  }
  return { container: { containerUrl, accountKey: key.value }, keyId: key.name };
}
