/** Connections that the NATS library began and gave up. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Node's channel on which every new client socket is told. */
const CHANNEL = 'net.client.socket';

/** Whose sockets are being made, here and in whatever this waits for. */
const owner = new AsyncLocalStorage<DialledSockets>();

/**
 * The sockets of one connection that are still on their way.
 *
 * The library leaves one alone that it has given up, and where nobody answers the kernel goes on with it for two
 * minutes (tcp_syn_retries): so long would the process wait for it at its end.
 */
export class DialledSockets {
  readonly #sockets = new Set<Socket>();
  readonly #onSocket = (message: unknown): void => {
    if (owner.getStore() !== this) return;
    const { socket } = message as { readonly socket: Socket };
    this.#sockets.add(socket);
    const done = (): void => void this.#sockets.delete(socket);
    socket.prependOnceListener('connect', done);
    socket.prependOnceListener('close', done);
  };

  constructor() {
    subscribe(CHANNEL, this.#onSocket);
  }

  /** Calls a function; the sockets that it makes, then or later, are these. */
  during<T>(make: () => T): T {
    return owner.run(this, make);
  }

  /** Ends those that are still on their way, and takes no more. */
  end(): void {
    unsubscribe(CHANNEL, this.#onSocket);
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}
