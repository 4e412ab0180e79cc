/** A form of path, and the names of what its methods do. */
type Form = readonly [RegExp, Readonly<Record<string, string>>];

const FORMS: readonly Form[] = [
  [/^\/oauth2\/exchange$/, { POST: 'ExchangeToken' }],
  [/^\/oauth2\/token$/, { GET: 'GetToken', POST: 'GetToken' }],
  [/^\/v2\/?$/, { GET: 'GetVersion', HEAD: 'GetVersion' }],
  [/^\/(?:v2|acr\/v1)\/_catalog$/, { GET: 'ListRepositories' }],
  [/^\/v2\/.+\/tags\/list$/, { GET: 'ListTags' }],
  [/^\/acr\/v1\/.+\/_tags$/, { GET: 'ListTags' }],
  [/^\/acr\/v1\/.+\/_manifests$/, { GET: 'ListManifests' }],
  [/^\/v2\/.+\/referrers\/[^/]+$/, { GET: 'ListReferrers' }],
  [/^\/v2\/.+\/blobs\/uploads\/?$/, { POST: 'StartUpload' }],
  [
    /^\/v2\/.+\/blobs\/uploads\/[^/]+$/,
    { GET: 'GetUpload', HEAD: 'GetUpload', PATCH: 'UploadChunk', PUT: 'CompleteUpload', DELETE: 'CancelUpload' },
  ],
  [/^\/v2\/.+\/blobs\/[^/]+$/, { GET: 'GetBlob', HEAD: 'HeadBlob', DELETE: 'DeleteBlob' }],
  [
    /^\/v2\/.+\/manifests\/[^/]+$/,
    { GET: 'GetManifest', HEAD: 'HeadManifest', PUT: 'PutManifest', DELETE: 'DeleteManifest' },
  ],
];

/** What a call to a registry does, by the sections of the OCI distribution specification; else `Unknown`. */
export function registryOperation(method: string, pathname: string): string {
  return FORMS.find(([pattern]) => pattern.test(pathname))?.[1][method] ?? 'Unknown';
}
