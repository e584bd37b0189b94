/**
 * Finds out what a server's silence was: with TLS 1.3 a server refuses a certificate, or the want of one, after the client's
 * part of the handshake is done, and the library then knows no more than that there was no answer.
 */

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { NatsAddress, NatsServerUrl } from './nats-address.js';

/** The whole attempt. A server that was content waits for us to speak. */
const LONGEST_MS = 3_000;
/** An INFO is some hundred bytes, more with a cluster's addresses. */
const LONGEST_INFO = 64 * 1024;

/** That a server hung up in the handshake. */
export interface HandshakeRefusal {
  readonly server: NatsServerUrl;
  /** Whether it says that it wants a certificate of everybody. */
  readonly wantsCertificate: boolean;
  /** What TLS says of it; undefined where the server only hung up. */
  readonly alert: string | undefined;
}

/**
 * Tries a handshake with a server as the connection does. Takes three seconds at most.
 *
 * @returns undefined where the server doesn't hang up in it, or that can't be found out
 */
export async function findHandshakeRefusal(
  server: NatsServerUrl,
  { authority, certificate, key }: NatsAddress,
): Promise<HandshakeRefusal | undefined> {
  const plain = connectTcp(server.port, server.host);
  // Every ending is followed by `close`.
  plain.on('error', () => {});
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    plain.destroy();
  }, LONGEST_MS);
  try {
    const info = await infoOf(plain);
    if (info?.['tls_required'] !== true && info?.['tls_available'] !== true) return undefined;
    const secured = connectTls({
      socket: plain,
      // Who the server is was looked at by the connection; nothing is said to it here.
      rejectUnauthorized: false,
      ...(authority === undefined ? {} : { ca: authority }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    });
    const ending = await endingOf(secured);
    if (ending === undefined || isLate) return undefined;
    return { server, wantsCertificate: info['tls_verify'] === true, alert: ending.alert };
  } finally {
    clearTimeout(timer);
    plain.destroy();
  }
}

/** What a server says of itself first; undefined where it isn't a NATS server's. */
function infoOf(socket: Socket): Promise<Readonly<Record<string, unknown>> | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const end = (info: Readonly<Record<string, unknown>> | undefined): void => {
      socket.off('data', onData).off('close', onClose).pause();
      resolve(info);
    };
    const onClose = (): void => end(undefined);
    const onData = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      const line = /^INFO (\{.*\})\s*\r\n/.exec(text);
      if (line !== null) end(objectOf(line[1]!));
      else if (text.length > LONGEST_INFO) end(undefined);
    };
    socket.on('data', onData).on('close', onClose);
  });
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** How a handshake ended where the server ended it; undefined where it said something instead. */
function endingOf(socket: TLSSocket): Promise<{ readonly alert: string | undefined } | undefined> {
  return new Promise((resolve) => {
    let alert: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException & { readonly reason?: string }) => {
      if (error.code?.includes('ALERT') === true) alert = error.reason;
    });
    socket.on('data', () => resolve(undefined));
    socket.on('close', () => resolve({ alert }));
  });
}
