/** What is said where a NATS server can't be reached or doesn't let us in, and what to do about it. */

import { constants } from 'node:os';
import { errnoError } from '../core/errno-error.js';
import { GapcapError, SystemCallError, UnsupportedError } from '../core/errors.js';
import { type NatsAddress, natsServers, redactedUrl } from './nats-address.js';

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
      hint: reachHint(code, address),
    });
  }
  if (root instanceof Error && root.name === 'TimeoutError') {
    return new SystemCallError('ETIMEDOUT', `Can't reach ${where}: no answer.`, {
      syscall: 'connect',
      errno: constants.errno.ETIMEDOUT,
      cause: error,
      hint: silenceHint(address),
    });
  }
  return new UnsupportedError(
    'NATS_REFUSED',
    `${upper(where)} ${verbOf(code ?? '')}: ${wordsOf(root)}.`,
    { feature: 'NATS', hint: refusalHint(code ?? '', wordsOf(root), address), cause: error },
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

function reachHint(code: string, { certificate, url }: NatsAddress): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Is the name of the host right?';
  // A certificate that the server doesn't take is told after the handshake, or by hanging up.
  if (code === 'ECONNRESET' && (certificate !== undefined || url.includes('tls:'))) {
    return certificateHint(certificate);
  }
  return 'Is nats-server running there?';
}

/** A server that wants another certificate says so after the handshake, when nobody listens any more. */
function silenceHint({ certificate, url }: NatsAddress): string {
  return natsServers(url).some(({ wantsTls }) => wantsTls) || certificate !== undefined
    ? `Is it a NATS server? If it asks for certificates: ${certificateHint(certificate)}`
    : 'Is it a NATS server that listens there?';
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
    ? 'It wants one of ours: give --nats-cert FILE and --nats-key FILE.'
    : 'Give --nats-cert one that is signed by the authority that the server trusts.';
}

/** Says what was given, by its kind, and where it came from. */
function loginHint({ credentials, certificate, url }: NatsAddress): string {
  const named = natsServers(url).find(({ user }) => user !== '');
  if (credentials !== undefined) {
    return 'It knows no such user: are the credentials of --nats-creds for this server, and not expired or revoked?';
  }
  if (named !== undefined) {
    return named.password === ''
      ? 'The token in GAPCAP_NATS_LOGIN or in the address is wrong, or it wants USER:PASSWORD.'
      : 'User or password in GAPCAP_NATS_LOGIN or in the address are wrong, or it wants a token.';
  }
  if (certificate !== undefined) {
    return 'It knows no user by the certificate of --nats-cert, or wants a login beside it: GAPCAP_NATS_LOGIN, or --nats-creds FILE.';
  }
  return 'It wants to know who we are: set GAPCAP_NATS_LOGIN to USER:PASSWORD or a token, or give --nats-creds FILE.';
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
