/** A page: what it shows, and the topics of `/v1/stream` after which it is shown anew. */
export interface Page {
  readonly id: string;
  readonly title: string;
  readonly topics: readonly string[];
  render(): Promise<Node[]>;
}
