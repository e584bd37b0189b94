/** What is said where a NATS server can't be reached or doesn't let us in, and what to do about it. */

import { constants } from 'node:os';
import { errnoError } from '../core/errno-error.js';
import { GapcapError, SystemCallError, UnsupportedError } from '../core/errors.js';
import { loginIn, type NatsAddress, natsServers, redactedUrl } from './nats-address.js';
import type { HandshakeRefusal } from './tls-handshake.js';

/** OpenSSL's and Node's codes for a server's certificate that nobody vouches for. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * An error of connecting as people read it. No secret of the address is in it.
 *
 * @returns a `SystemCallError` (`ECONNREFUSED`, `ENOTFOUND`, …) or an `UnsupportedError` `NATS_REFUSED`
 */
export function natsRefusal(error: unknown, address: NatsAddress): GapcapError {
  if (error instanceof GapcapError) return error;
  const root = rootOf(error);
  const where = whereIs(address);
  const { code, syscall = 'connect' } = root as NodeJS.ErrnoException;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code) && code !== 'EPROTO') {
    return errnoError(root, () => `Can't reach ${where}: ${code}.`, {
      syscall,
      hint: reachHint(code),
    });
  }
  if (root instanceof Error && root.name === 'TimeoutError') {
    return new SystemCallError('ETIMEDOUT', `Can't reach ${where}: no answer.`, {
      syscall: 'connect',
      errno: constants.errno.ETIMEDOUT,
      cause: error,
      hint: 'Is it a NATS server that listens there?',
    });
  }
  return new UnsupportedError(
    'NATS_REFUSED',
    `${upper(where)} ${verbOf(code ?? '')}: ${wordsOf(root)}.`,
    { feature: 'NATS', hint: refusalHint(code ?? '', wordsOf(root), address), cause: error },
  );
}

/** Whether an error may come from a server that hung up in the handshake of TLS. */
export function mayBeHandshake(error: unknown): boolean {
  const root = rootOf(error);
  if (!(root instanceof Error)) return false;
  const { code = '' } = root as NodeJS.ErrnoException;
  return root.name === 'TimeoutError' || /^(ECONNRESET|EPIPE|EPROTO|ERR_SSL_)/.test(code);
}

/** A server that hung up in the handshake, as people read it. */
export function handshakeRefusal(
  { server, wantsCertificate, alert }: HandshakeRefusal,
  { certificate }: NatsAddress,
  cause: unknown,
): UnsupportedError {
  const { host, port, wantsTls } = server;
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isOurs = wantsCertificate || /certificate|unknown ca/.test(alert ?? '');
  const why =
    certificate === undefined
      ? 'it wants a certificate of ours'
      : "it doesn't take the certificate of --nats-cert";
  const words = [...(isOurs ? [why] : []), ...(alert === undefined ? [] : [`"${alert}"`])];
  const told = words.length === 0 ? '' : `: ${words.join(', ')}`;
  return new UnsupportedError(
    'NATS_REFUSED',
    `The NATS server at ${wantsTls ? 'tls' : 'nats'}://${name} closed the connection during the TLS handshake${told}.`,
    {
      feature: 'NATS',
      hint: isOurs
        ? certificateHint(certificate)
        : 'Does it take the same versions of TLS? Its log says more.',
      cause,
    },
  );
}

/** An error's message without its full stop. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}

function whereIs({ url }: NatsAddress): string {
  const shown = redactedUrl(url);
  return shown.includes(',')
    ? `the NATS servers at ${shown.replaceAll(',', ', ')}`
    : `the NATS server at ${shown}`;
}

function verbOf(code: string): string {
  if (UNTRUSTED.has(code)) return "can't be trusted";
  if (code === 'CERT_HAS_EXPIRED' || code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "isn't who it should be";
  }
  return "doesn't let us in";
}

function reachHint(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Is the name of the host right?';
  return 'Is nats-server running there?';
}

function refusalHint(code: string, words: string, address: NatsAddress): string {
  const { authority, certificate } = address;
  if (UNTRUSTED.has(code)) {
    return authority === undefined
      ? 'Give the certificate of its authority with --nats-ca FILE.'
      : "Give --nats-ca the certificate of the authority that signed the server's.";
  }
  if (code === 'CERT_HAS_EXPIRED')
    return 'Renew its certificate, or set the clock of this machine.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    if (!natsServers(address.url).some(({ wantsTls }) => wantsTls)) {
      return 'It wants TLS: give its address with tls:// in place of nats://.';
    }
    return 'Call the host by a name or address that its certificate has.';
  }
  if (/does not support 'tls'/.test(words)) {
    return 'Have it set up with TLS, or give nats:// without certificates where nobody can listen.';
  }
  if (/alert|certificate|EPROTO|SSL/i.test(`${code} ${words}`)) return certificateHint(certificate);
  return loginHint(address);
}

function certificateHint(certificate: string | undefined): string {
  return certificate === undefined
    ? 'Give --nats-cert FILE and --nats-key FILE.'
    : 'Give --nats-cert one that is signed by the authority that the server trusts.';
}

/** Says what was given, by its kind, and where it came from. */
function loginHint(address: NatsAddress): string {
  const { credentials, certificate } = address;
  const named = loginIn(address);
  if (credentials !== undefined) {
    return 'It knows no such user: are the credentials of --nats-creds for this server, and not expired or revoked?';
  }
  if (named !== undefined) {
    return named.password === ''
      ? 'The token in GAPCAP_NATS_LOGIN, the file of --nats-login or the address is wrong, or it wants USER:PASSWORD.'
      : 'User or password in GAPCAP_NATS_LOGIN, the file of --nats-login or the address are wrong, or it wants a token.';
  }
  if (certificate !== undefined) {
    return 'It knows no user by the certificate of --nats-cert, or wants a login beside it: GAPCAP_NATS_LOGIN, --nats-login FILE, or --nats-creds FILE.';
  }
  return 'It wants to know who we are: set GAPCAP_NATS_LOGIN to USER:PASSWORD or a token, or give --nats-login FILE or --nats-creds FILE.';
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What an error comes from in the end. */
export function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root;
}
