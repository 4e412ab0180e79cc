/** By method and `comp`, as the reference of the Blob service names them. */
const ON_SERVICE: Readonly<Record<string, string>> = {
  'GET list': 'ListContainers',
  'GET properties': 'GetBlobServiceProperties',
  'PUT properties': 'SetBlobServiceProperties',
  'POST userdelegationkey': 'GetUserDelegationKey',
};

const ON_CONTAINER: Readonly<Record<string, string>> = {
  'PUT ': 'CreateContainer',
  'GET ': 'GetContainerProperties',
  'HEAD ': 'GetContainerProperties',
  'DELETE ': 'DeleteContainer',
  'GET list': 'ListBlobs',
  'GET acl': 'GetContainerAcl',
  'PUT acl': 'SetContainerAcl',
  'PUT metadata': 'SetContainerMetadata',
};

const ON_BLOB: Readonly<Record<string, string>> = {
  'GET ': 'GetBlob',
  'HEAD ': 'GetBlobProperties',
  'DELETE ': 'DeleteBlob',
  'PUT ': 'PutBlob',
  'PUT block': 'PutBlock',
  'PUT blocklist': 'PutBlockList',
  'GET blocklist': 'GetBlockList',
  'PUT metadata': 'SetBlobMetadata',
  'GET metadata': 'GetBlobMetadata',
  'HEAD metadata': 'GetBlobMetadata',
  'PUT properties': 'SetBlobProperties',
  'PUT lease': 'LeaseBlob',
  'PUT tags': 'SetBlobTags',
  'GET tags': 'GetBlobTags',
  'PUT snapshot': 'SnapshotBlob',
  'PUT tier': 'SetBlobTier',
};

const COPIES: Readonly<Record<string, string>> = { PutBlob: 'CopyBlob', PutBlock: 'PutBlockFromURL' };

/** What a call to blob storage does; `isCopy` where it names a source. Else `Unknown`. */
export function blobOperation(method: string, url: URL, isCopy: boolean): string {
  const key = `${method} ${url.searchParams.get('comp')?.toLowerCase() ?? ''}`;
  const [, container = '', blob = ''] = url.pathname.split('/');
  if (container === '') return ON_SERVICE[key] ?? 'Unknown';
  if (blob === '' && url.searchParams.has('restype')) return ON_CONTAINER[key] ?? 'Unknown';
  const operation = ON_BLOB[key] ?? 'Unknown';
  return isCopy ? (COPIES[operation] ?? operation) : operation;
}
