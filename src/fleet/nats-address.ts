/** Where a fleet's NATS server is, and how to get in: plain data, checked. */

import { readFileSync } from 'node:fs';
import { ArgumentError, SystemCallError } from '../core/errors.js';

/** The stream's name unless told otherwise. */
export const DEFAULT_STREAM = 'GAPCAP';

/** Where the server is, and how to get in; plain data, for it goes to a thread. */
export interface NatsAddress {
  /** `nats://host:4222` or `tls://…`, with a user and password or a token where wanted. */
  readonly url: string;
  /** What a credentials file (`.creds`) holds. */
  readonly credentials?: string | undefined;
  /** PEM texts; undefined: the system's authorities, and no certificate of our own. */
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The stream; `GAPCAP` unless given. */
  readonly stream?: string | undefined;
}

/** Files that hold secrets; read at once, as the process may later become a user who can't. */
export interface NatsFiles {
  readonly credentials?: string | undefined;
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Checks an address and reads the files that go with it.
 *
 * @throws {ArgumentError} `BAD_NATS_URL`, `BAD_STREAM`, `KEY_WITHOUT_CERTIFICATE`
 * @throws {SystemCallError} where a file can't be read
 */
export function readNatsAddress(url: string, files: NatsFiles = {}, stream?: string): NatsAddress {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // Said below.
  }
  if (parsed === undefined || !/^(nats|tls):$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new ArgumentError(
      'BAD_NATS_URL',
      `'${redactedUrl(url)}' is no address of a NATS server.`,
      {
        argument: 'url',
        value: redactedUrl(url),
        expected:
          'nats://HOST[:PORT] or tls://HOST[:PORT], with USER:PASSWORD@ or TOKEN@ where wanted',
        hint: 'Give one such as nats://nats.example.net, or tls://nats.example.net:4222.',
      },
    );
  }
  if (stream !== undefined && !/^[\p{L}\p{N}_-]{1,64}$/u.test(stream)) {
    throw new ArgumentError('BAD_STREAM', `'${stream}' can't be the name of a stream.`, {
      argument: 'stream',
      value: stream,
      expected: 'up to 64 letters, digits, - and _',
      hint: 'Take up to 64 letters, digits, - and _.',
    });
  }
  if ((files.key === undefined) !== (files.certificate === undefined)) {
    throw new ArgumentError('KEY_WITHOUT_CERTIFICATE', 'A key and its certificate go together.', {
      argument: files.key === undefined ? 'certificate' : 'key',
      value: files.key ?? files.certificate,
      expected: 'both of them, or neither',
      hint: 'Give both --nats-cert and --nats-key.',
    });
  }
  return {
    url,
    stream,
    credentials: readSecret(files.credentials),
    authority: readSecret(files.authority),
    certificate: readSecret(files.certificate),
    key: readSecret(files.key),
  };
}

/** An address without user, password and token: for people. */
export function redactedUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}

function readSecret(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'EIO', errno = 0, syscall = 'open' } = error as NodeJS.ErrnoException;
    throw new SystemCallError(code, `Can't read ${path}: ${code}.`, {
      syscall,
      errno: Math.abs(errno),
      cause: error,
    });
  }
}
