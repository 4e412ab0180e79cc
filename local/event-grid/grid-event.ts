/** An event in Event Grid's own schema. */
export interface GridEvent {
  id: string;
  /** Resource id of what it is about. */
  topic: string;
  subject: string;
  eventType: string;
  /** ISO 8601. */
  eventTime: string;
  data: Record<string, unknown>;
  dataVersion: string;
  metadataVersion: string;
}
