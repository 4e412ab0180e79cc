/** Properties of one blob. */
export interface BlobProperties {
  sizeBytes: number;
  /** Base64, as the service keeps it. */
  contentMd5?: string;
  etag: string;
  /** ISO 8601. */
  lastModified: string;
  metadata: Record<string, string>;
  contentType?: string;
}

/** A blob as a list gives it. */
export interface BlobEntry extends BlobProperties {
  name: string;
}

/** Condition on a write: only if there is no blob yet, or only if it still has this ETag. */
export interface WriteCondition {
  ifNoneMatch?: '*';
  ifMatch?: string;
}

export interface WriteOptions extends WriteCondition {
  /** Replaces all that was there. */
  metadata?: Record<string, string>;
}

export interface CommitOptions {
  /** Base64 MD5 of the whole blob, kept with it; the service does not compute one for blocks. */
  contentMd5?: string;
  metadata: Record<string, string>;
  contentType?: string;
  ifNoneMatch?: '*';
}
