const SECRETS = 'Microsoft.KeyVault/vaults/secrets';
const CERTIFICATES = 'Microsoft.KeyVault/vaults/certificates';
const KEYS = 'Microsoft.KeyVault/vaults/keys';

/**
 * The data action that a call needs, by its method and path, as Azure's roles name it:
 * https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault.
 */
export function actionOf(method: string, pathname: string): string {
  const [kind, name = '', detail = '', operation = ''] = pathname.split('/').slice(1);
  if (kind === 'keys') return `${KEYS}/${onKeys(method, operation || detail)}`;
  if (kind?.endsWith('certificates')) return `${CERTIFICATES}/${onCertificates(method)}`;
  if (kind === 'deletedsecrets') return `${SECRETS}/${onDeleted(method)}`;
  if (method === 'GET')
    return `${SECRETS}/${name === '' || detail === 'versions' ? 'readMetadata' : 'getSecret'}/action`;
  if (method === 'PUT') return `${SECRETS}/setSecret/action`;
  return `${SECRETS}/${method === 'DELETE' ? 'delete' : 'update/action'}`;
}

function onCertificates(method: string): string {
  if (method === 'GET') return 'read';
  return method === 'DELETE' ? 'delete' : 'write';
}

function onKeys(method: string, verb: string): string {
  if (method === 'GET') return 'read';
  return method === 'PUT' ? 'import/action' : `${verb}/action`;
}

function onDeleted(method: string): string {
  if (method === 'POST') return 'recover/action';
  return method === 'DELETE' ? 'purge/action' : 'readMetadata/action';
}
