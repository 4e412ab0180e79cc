import { z } from 'zod';
import { isDigest, parseDigest } from './digest.ts';
import { listOf, textMap } from './first-fault.ts';

/**
 * What a manifest or an index says of something that it refers to: media type, digest and size in bytes
 * (OCI image-spec, descriptor.md). `urls` are where a foreign layer may be had; they are never fetched.
 */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  urls?: string[];
  annotations?: Record<string, string>;
  platform?: Platform;
  artifactType?: string;
}

/** The platform of a child of an index (OCI image-spec, image-index.md). */
export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
  'os.version'?: string;
  'os.features'?: string[];
}

/** Accepts a platform; unknown members are dropped. */
export const platformSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  'os.features': listOf(z.string()).optional(),
});

/** Accepts a descriptor with a digest of an allowed algorithm and a size of 0 or more; unknown members are dropped. */
export const descriptorSchema = z.object({
  mediaType: z.string().min(1),
  digest: z.string().superRefine((digest, context) => {
    if (isDigest(digest)) return;
    try {
      parseDigest(digest);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  }),
  size: z.int().nonnegative(),
  urls: listOf(z.string()).optional(),
  annotations: textMap.optional(),
  platform: platformSchema.optional(),
  artifactType: z.string().optional(),
});
