/** The part of the AsyncAPI document that this page shows. */
export interface AsyncApi {
  readonly info: { readonly description: string };
  readonly channels: Readonly<Record<string, Channel>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

interface Channel {
  readonly address: string;
  readonly title: string;
}

interface Message {
  readonly title: string;
  readonly description?: string;
  readonly examples: readonly { readonly payload: unknown }[];
}
