/** Server-sent events to many clients, none of which can make the others, or memory, suffer. */

import type { ServerResponse } from 'node:http';

/** Clients at a time. */
export const MOST_CLIENTS = 32;
/** Bytes that may wait for one client beside what it was given when it connected. */
const MOST_WAITING = 1 << 20;
/** Time within which a client has to take what waits for it. */
const LONGEST_WAIT_MS = 15_000;

interface Client {
  readonly response: ServerResponse;
  /** Bytes that were given to it at first. */
  readonly firstBytes: number;
  /** Since when something has been waiting; undefined: nothing is. */
  waitingSinceMs: number | undefined;
}

/** The clients that listen; see https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export class EventStream {
  readonly #clients = new Set<Client>();
  readonly #nowMs: () => number;
  readonly #mostClients: number;

  /** @param nowMs a time that only goes forward */
  constructor(nowMs: () => number = () => performance.now(), mostClients: number = MOST_CLIENTS) {
    this.#nowMs = nowMs;
    this.#mostClients = mostClients;
  }

  /** How many listen now. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Whether no further client is taken. */
  get isFull(): boolean {
    return this.#clients.size >= this.#mostClients;
  }

  /**
   * Takes a client whose headers aren't sent yet.
   *
   * @param first its first event
   */
  add(response: ServerResponse, name: string, first: unknown): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Where the stream ends, so does the connection.
      Connection: 'close',
    });
    const text = `retry: 2000\n${eventText(name, first)}`;
    const client: Client = { response, firstBytes: text.length, waitingSinceMs: undefined };
    this.#clients.add(client);
    response.once('close', () => this.#clients.delete(client));
    this.#write(client, text);
  }

  /** Gives all clients an event; a client that can't follow is cut off, and may come again. */
  send(name: string, data: unknown): void {
    if (this.#clients.size > 0) this.#sendText(eventText(name, data));
  }

  /** Shows clients that the connection lives, where there is nothing to say. */
  keepAlive(): void {
    this.#sendText(':\n\n');
  }

  /** Ends all connections once what waits for them is sent. */
  end(): void {
    for (const { response } of this.#clients) response.end();
  }

  #sendText(text: string): void {
    for (const client of this.#clients) this.#write(client, text);
  }

  #write(client: Client, text: string): void {
    const { response } = client;
    const nowMs = this.#nowMs();
    if (!response.writableNeedDrain) client.waitingSinceMs = undefined;
    const waitedMs = nowMs - (client.waitingSinceMs ?? nowMs);
    if (
      waitedMs > LONGEST_WAIT_MS ||
      response.writableLength + text.length > MOST_WAITING + client.firstBytes
    ) {
      this.#clients.delete(client);
      response.destroy();
      return;
    }
    if (!response.write(text)) client.waitingSinceMs ??= nowMs;
  }
}

// JSON has no line breaks but those that are escaped: one line of data is enough.
function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
