/** What a capture's thread and the thread of its web server say to each other. */

import type { SensorEvent } from './sensor-event.js';

/** What the server is to do. */
export interface WatchOrder {
  /** A name or an address of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Names beside its own under which it answers. */
  readonly allowedHosts: readonly string[];
  /** Whether metrics have the label `sensor`. */
  readonly labelSensors: boolean;
}

/** To the server: an event, or undefined for the end. */
export type ToServer = SensorEvent | undefined;

/** From the server, once. */
export type FromServer =
  | { readonly kind: 'listening'; readonly address: string; readonly port: number }
  | {
      readonly kind: 'failed';
      /** The system's name for the reason, such as `EADDRINUSE`; undefined: no system call failed. */
      readonly code: string | undefined;
      readonly errno: number;
      readonly syscall: string;
      readonly message: string;
    };
