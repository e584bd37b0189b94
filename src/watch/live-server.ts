/**
 * The web server: the page, the events that keep it up to date, the metrics, the state of health.
 *
 *     GET /          the page
 *     GET /events    server-sent events: `sensors` with all that is known, then each event as it comes
 *     GET /metrics   for Prometheus
 *     GET /healthz   200 where a capture runs and its counts are fresh, else 503
 *
 * Nothing can be changed by a request. Answers are for this server's own page alone: there is no
 * cross-origin access, and a request under a foreign name is refused (see `host-check.ts`).
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { EventStream } from './event-stream.js';
import { isOwnHost } from './host-check.js';
import type { LivePageParts } from './live-page.js';
import type { SensorMetrics } from './metrics.js';
import type { WatchedSensor } from './sensor-event.js';
import type { WatchedSensors } from './watched-sensors.js';

/**
 * Not imported: Node 22 would load its `fetch` with it, for its names' sake (30 ms, 10 MiB, and 10 GiB of
 * addresses for a WebAssembly memory, without which the thread would end).
 */
const { createServer } = createRequire(import.meta.url)('node:http') as typeof import('node:http');

/** A capture is told about once a second: older counts come from one that stands still. */
const STALE_MS = 5_000;
const KEEP_ALIVE_MS = 5_000;
const MOST_CONNECTIONS = 128;
const MOST_HEADER_BYTES = 8 * 1024;
const REQUEST_MS = 10_000;
/** Time for the last events to go out. */
const END_MS = 500;

/** What every answer says. */
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** What a server is made of. */
export interface LiveServerOptions {
  readonly sensors: WatchedSensors;
  readonly metrics: SensorMetrics;
  readonly page: LivePageParts;
  /** Names beside its own under which it answers. */
  readonly allowedHosts: readonly string[];
}

/** The server of one process. */
export class LiveServer {
  readonly #options: LiveServerOptions;
  readonly #server: Server;
  readonly #events = new EventStream();
  readonly #forget: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: MOST_HEADER_BYTES,
        requestTimeout: REQUEST_MS,
        headersTimeout: REQUEST_MS / 2,
        keepAliveTimeout: 5_000,
        connectionsCheckingInterval: 2_000,
      },
      (request, response) => {
        this.#answer(request, response).catch(() => response.destroy());
      },
    );
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#forget = options.sensors.onEvent((event) => this.#events.send(event.kind, event));
  }

  /**
   * Begins to listen.
   *
   * @param host a name or an address of this machine
   * @param port 0: any that is free
   * @throws {NodeJS.ErrnoException} as `listen` does
   */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#timer = setInterval(() => this.#events.keepAlive(), KEEP_ALIVE_MS);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Ends: what was sent goes out, for half a second at most, then all connections are closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#forget();
    this.#events.end();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), END_MS);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(COMMON_HEADERS)) response.setHeader(name, value);
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      const [status, text, headers = {}] = refusal;
      // What it may still send is nobody's business.
      response.writeHead(status, { ...headers, ...PLAIN, Connection: 'close' });
      response.end(`${text}\n`);
      return;
    }
    switch (pathOf(request)) {
      case '/':
        this.#givePage(request, response);
        return;
      case '/events':
        this.#giveEvents(request, response);
        return;
      case '/metrics': {
        const { metrics } = this.#options;
        const text = await metrics.text();
        give(request, response, 200, { 'Content-Type': metrics.contentType }, text);
        return;
      }
      case '/healthz': {
        const health = healthOf(this.#options.sensors.all, Date.now());
        const status = health.status === 'ok' ? 200 : 503;
        const type = { 'Content-Type': 'application/json; charset=utf-8' };
        give(request, response, status, type, `${JSON.stringify(health)}\n`);
        return;
      }
      default:
        give(request, response, 404, PLAIN, 'There is /, /metrics, /healthz and /events.\n');
    }
  }

  #refusalOf(
    request: IncomingMessage,
  ): readonly [status: number, text: string, headers?: Record<string, string>] | undefined {
    const { headers, socket, method } = request;
    if (!isOwnHost(headers.host, socket.localAddress, this.#options.allowedHosts)) {
      const hint = 'Start gapcap with --http-allow-host NAME to let it answer under that name.';
      return [403, `This server doesn't answer under the name in the Host header. ${hint}`];
    }
    // Browsers say where a request comes from; a link may lead here, a foreign page may not ask.
    const site = headers['sec-fetch-site'];
    if (site === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate') {
      return [403, 'Pages of other sites get no answer.'];
    }
    if (method === 'GET' || method === 'HEAD') return undefined;
    return [405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' }];
  }

  #givePage(request: IncomingMessage, response: ServerResponse): void {
    const { html, policy } = this.#options.page;
    const type = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy };
    give(request, response, 200, type, html);
  }

  #giveEvents(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD') {
      give(request, response, 200, { 'Content-Type': 'text/event-stream; charset=utf-8' }, '');
    } else if (this.#events.isFull) {
      const headers = { ...PLAIN, 'Retry-After': '10' };
      give(request, response, 503, headers, 'Too many pages are open here; close one of them.\n');
    } else {
      this.#events.add(response, 'sensors', this.#options.sensors.picture);
    }
  }
}

/** Whether what is watched is well. */
export interface Health {
  /** `ok`: every capture runs, and its counts are fresh. */
  readonly status: 'ok' | 'starting' | 'stale' | 'ended';
  /** Age of the oldest sensor's last counts; null: there are none. */
  readonly readingAgeSeconds: number | null;
}

/** The state of health of all sensors together: that of the worst. */
export function healthOf(sensors: readonly WatchedSensor[], nowMs: number): Health {
  const running = sensors.filter(({ end }) => end === null);
  const ages = running.map(({ reading, heardMs }) => (reading === null ? null : nowMs - heardMs));
  const known = ages.filter((age) => age !== null);
  const oldest = known.length === 0 ? null : Math.max(0, ...known);
  const readingAgeSeconds = oldest === null ? null : Math.round(oldest / 100) / 10;
  if (sensors.length === 0 || ages.includes(null)) return { status: 'starting', readingAgeSeconds };
  if (running.length === 0) return { status: 'ended', readingAgeSeconds };
  return { status: oldest! > STALE_MS ? 'stale' : 'ok', readingAgeSeconds };
}

const PLAIN: Readonly<Record<string, string>> = { 'Content-Type': 'text/plain; charset=utf-8' };

function give(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(text)) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!;
}
