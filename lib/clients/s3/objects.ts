/**
 * An S3 bucket under a prefix. Keys never begin with `/`. Every method throws
 * `SERVICE_DOWN` when the service does not answer, `NOT_FOUND` for an absent key.
 */
export interface Objects {
  get(key: string): Promise<Uint8Array>;
  /** Writes once: repeating the same key and content is fine. */
  put(key: string, body: Uint8Array | string, contentType?: string): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** All keys below a prefix with their sizes, sorted. */
  list(prefix: string): Promise<{ key: string; size: number }[]>;
  remove(key: string): Promise<void>;
  /** The same bucket below a further prefix. */
  under(prefix: string): Objects;
}
