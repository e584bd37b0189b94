/** The files by which one gets into a NATS server, read and checked before anything is sent. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nkeys } from '@nats-io/transport-node';
import { ArgumentError } from '../core/errors.js';
import { fileRefusal } from '../core/file-refusal.js';

/** Who one is to a server. */
export interface NatsLogin {
  /** A token is a user without a password. */
  readonly user: string;
  readonly password: string;
}

/** Files that hold secrets; read at once, as the process may later become a user who can't. */
export interface NatsFiles {
  /** One line: `USER:PASSWORD`, or a token. */
  readonly login?: string | undefined;
  readonly credentials?: string | undefined;
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/** What the files hold. */
export interface NatsSecrets extends Omit<NatsFiles, 'login'> {
  /** The login in its parts. */
  readonly login: NatsLogin | undefined;
}

/** A token and a seed, each between two lines of dashes, as NATS's own tools write and read them. */
const CREDENTIALS =
  /-{3,}[^\n]*-{3,}\r?\n\s*([\w-]+\.[\w-]+\.[\w-]+)\s*\n-{3,}[\s\S]*\n\s*(S[A-Z2-7]+)\s*\n-{3,}/;

/** An NKey's seed in a line of its own; 58 characters. */
const SEED = /^\s*(S[A-Z2-7]{57})\s*$/m;

/**
 * Reads the files and checks that each holds what it is given for.
 *
 * @returns what they hold, under the names that `NatsAddress` has for it
 * @throws {ArgumentError} `KEY_WITHOUT_CERTIFICATE`, `BAD_NATS_FILE`, `BAD_NATS_LOGIN`; no secret is in its message
 * @throws {SystemCallError} where a file can't be read
 */
export function readNatsFiles(files: NatsFiles): NatsSecrets {
  if ((files.key === undefined) !== (files.certificate === undefined)) {
    throw new ArgumentError('KEY_WITHOUT_CERTIFICATE', 'A key and its certificate go together.', {
      argument: files.key === undefined ? 'certificate' : 'key',
      value: files.key ?? files.certificate,
      expected: 'both of them, or neither',
      hint: 'Give both --nats-cert and --nats-key.',
    });
  }
  const loginText = readText(files.login);
  const login = loginText === undefined ? undefined : parseNatsLogin(loginText, files.login);
  const credentials = readText(files.credentials);
  if (credentials !== undefined) checkCredentials(credentials, files.credentials!);
  const authority = readText(files.authority);
  if (authority !== undefined) certificateOf(authority, files.authority!, 'authority');
  const certificate = readText(files.certificate);
  const key = readText(files.key);
  if (certificate !== undefined && key !== undefined) {
    const parsed = certificateOf(certificate, files.certificate!, 'certificate');
    if (!parsed.checkPrivateKey(keyOf(key, files.key!))) {
      throw new ArgumentError(
        'BAD_NATS_FILE',
        `The key in ${files.key} isn't that of the certificate in ${files.certificate}.`,
        {
          argument: 'key',
          value: files.key,
          expected: 'the key with which the certificate was made',
          hint: 'Give --nats-cert and --nats-key that were made together.',
        },
      );
    }
  }
  return { login, credentials, authority, certificate, key };
}

/**
 * `USER:PASSWORD` or a token in its parts; the password may have colons. A line break at the end isn't part of it.
 *
 * @param from where the text is from, for the message: a path, the name of a variable
 * @throws {ArgumentError} `BAD_NATS_LOGIN`: no user, or more than a line; no secret is in its message
 */
export function parseNatsLogin(text: string, from: string = 'what was given'): NatsLogin {
  const line = text.replace(/\r?\n$/, '');
  const colon = line.indexOf(':');
  const user = colon < 0 ? line : line.slice(0, colon);
  if (user !== '' && !/[\r\n]/.test(line)) {
    return { user, password: colon < 0 ? '' : line.slice(colon + 1) };
  }
  const problem = user === '' ? 'no user' : 'more than one line';
  throw new ArgumentError(
    'BAD_NATS_LOGIN',
    `There is no login for NATS in ${from}: it has ${problem}.`,
    {
      argument: 'login',
      value: from,
      expected: 'one line: USER:PASSWORD, or a token',
      hint: 'Write one line into it: USER:PASSWORD, or a token.',
    },
  );
}

/** An NKey's seed in a text that has no token beside it; undefined where it isn't such a text. */
export function seedAlone(credentials: string): string | undefined {
  return CREDENTIALS.test(credentials) ? undefined : SEED.exec(credentials)?.[1];
}

function checkCredentials(text: string, path: string): void {
  const seed = CREDENTIALS.exec(text)?.[2] ?? SEED.exec(text)?.[1];
  try {
    const pair = nkeys.fromSeed(new TextEncoder().encode(seed ?? ''));
    if (pair.getPublicKey().startsWith('U')) return;
  } catch {
    // Said below.
  }
  throw badFile('credentials', path, 'seed of a NATS user', {
    hint: 'Give --nats-creds a file with a token and a seed, such as `nsc generate creds` writes, or with the seed of a user alone (it begins with SU), as `nk -gen user` does.',
  });
}

function certificateOf(
  text: string,
  path: string,
  argument: 'authority' | 'certificate',
): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    const option = argument === 'authority' ? '--nats-ca' : '--nats-cert';
    throw badFile(argument, path, 'certificate', {
      hint: `Give ${option} one in PEM: it begins with -----BEGIN CERTIFICATE-----.`,
    });
  }
}

function keyOf(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw badFile('key', path, 'key that could be read', {
      hint: 'Give --nats-key one in PEM without a passphrase: it begins with -----BEGIN PRIVATE KEY-----.',
    });
  }
}

function badFile(
  argument: keyof NatsFiles,
  path: string,
  what: string,
  { hint }: { readonly hint: string },
): ArgumentError {
  return new ArgumentError('BAD_NATS_FILE', `There is no ${what} in ${path}.`, {
    argument,
    value: path,
    expected: `a file with a ${what}`,
    hint,
  });
}

function readText(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileRefusal(error, `Can't read ${path}`);
  }
}
