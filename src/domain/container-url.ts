/** A blob container by its parts. */
export interface ContainerLocation {
  /** `https://{account}.blob.{suffix}` */
  accountUrl: string;
  account: string;
  container: string;
}

const CONTAINER_URL = /^https:\/\/([a-z0-9]{3,24})\.([a-z0-9.-]+)\/([a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9])\/?$/;

/** The parts of `https://{account}.{blobSuffix}/{container}`, or `undefined` when it is not one of that cloud. */
export function parseContainerUrl(url: string, blobSuffix: string): ContainerLocation | undefined {
  const match = CONTAINER_URL.exec(url);
  if (!match || match[2] !== blobSuffix || match[3]?.includes('--')) return undefined;
  const [, account = '', host = '', container = ''] = match;
  return { accountUrl: `https://${account}.${host}`, account, container };
}

/** Whether two container URLs name one container; the host without case, a trailing slash does not count. */
export function isSameContainer(left: string, right: string): boolean {
  const plain = (url: string) => url.replace(/\/$/, '').toLowerCase();
  return plain(left) === plain(right);
}
