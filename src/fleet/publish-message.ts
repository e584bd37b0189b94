/** What a capture's thread and the thread that publishes say to each other. */

import type { FleetEvent } from './fleet-message.js';
import type { NatsAddress } from './nats-address.js';

/** What the thread is to do. */
export interface PublishOrder {
  readonly address: NatsAddress;
  /** Name of the connection, for those who look at the server. */
  readonly name: string;
  /** Folder in which every run has a spool of its own. */
  readonly spoolFolder: string;
  readonly spoolBytes: number;
}

/** To the thread: an event, or undefined for the end. */
export type ToPublisher = FleetEvent | undefined;

/** From the thread. */
export type FromPublisher =
  /** The spool is there: the capture may begin. */
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }
  /** The server takes messages. */
  | { readonly kind: 'ready' }
  /** It can't be reached, or takes none. */
  | {
      readonly kind: 'trouble';
      readonly message: string;
      /** What to do about it, where that is known. */
      readonly hint: string | undefined;
    }
  /** Something that the user had better know. */
  | { readonly kind: 'news'; readonly message: string }
  /** Events can't be written to the spool, and are lost. */
  | { readonly kind: 'unkept'; readonly message: string }
  | { readonly kind: 'closed'; readonly ending: PublishEnding };

/** How publishing ended. */
export interface PublishEnding {
  /** Messages that are still in the spool; the next capture of this sensor sends them. */
  readonly waiting: number;
  /** Messages that the spool had no room for, those of earlier runs included. */
  readonly lostMessages: number;
  /** Gaps that were told one by one in those only. */
  readonly lostGaps: number;
}
