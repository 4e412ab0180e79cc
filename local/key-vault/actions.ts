const SECRETS = 'Microsoft.KeyVault/vaults/secrets';

/**
 * The data action that a call needs, by its method and path, as Azure's roles name it:
 * https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault.
 */
export function actionOf(method: string, pathname: string): string {
  const [kind, name = '', detail = ''] = pathname.split('/').slice(1);
  if (kind === 'deletedsecrets') return `${SECRETS}/${onDeleted(method)}`;
  if (method === 'GET')
    return `${SECRETS}/${name === '' || detail === 'versions' ? 'readMetadata' : 'getSecret'}/action`;
  if (method === 'PUT') return `${SECRETS}/setSecret/action`;
  return `${SECRETS}/${method === 'DELETE' ? 'delete' : 'update/action'}`;
}

function onDeleted(method: string): string {
  if (method === 'POST') return 'recover/action';
  return method === 'DELETE' ? 'purge/action' : 'readMetadata/action';
}
