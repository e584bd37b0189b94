/**
 * What NATS's own tool `nsc` makes, made by hand: an operator, an account and a user, as signed tokens
 * (JSON Web Tokens of NATS, version 2), and the credentials file of the user.
 */

import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createAccount>;

/** A server's settings, and files that are let in and kept out. */
export interface NatsCredentials {
  /** Lines for the server's configuration. */
  readonly settings: string;
  /** A credentials file of one of the account's users. */
  readonly known: string;
  /** One of a user of an account that the server doesn't know. */
  readonly stranger: string;
}

/** Makes keys and tokens anew. */
export function makeNatsCredentials(): NatsCredentials {
  const operator = nkeys.createOperator();
  const [account, system, other] = [
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createAccount(),
  ];
  const limits = { subs: -1, data: -1, payload: -1, conn: -1, leaf: -1, imports: -1, exports: -1 };
  const streams = { mem_storage: 0, disk_storage: -1, streams: -1, consumer: -1 };
  const accountToken = token(account, operator, 'account', {
    limits: { ...limits, ...streams, wildcards: true },
  });
  const systemToken = token(system, operator, 'account', {
    limits: { ...limits, wildcards: true },
  });
  const operatorToken = token(operator, operator, 'operator', {
    system_account: system.getPublicKey(),
  });
  const settings = [
    `operator: ${operatorToken}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    `resolver_preload: { ${account.getPublicKey()}: ${accountToken}, ${system.getPublicKey()}: ${systemToken} }`,
  ].join('\n');
  return { settings, known: credentialsOf(account), stranger: credentialsOf(other) };
}

function credentialsOf(account: KeyPair): string {
  const user = nkeys.createUser();
  const text = token(user, account, 'user', { subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  return [
    ...['-----BEGIN NATS USER JWT-----', text, '------END NATS USER JWT------', ''],
    ...['-----BEGIN USER NKEY SEED-----', seed, '------END USER NKEY SEED------', ''],
  ].join('\n');
}

function token(
  subject: KeyPair,
  issuer: KeyPair,
  type: 'operator' | 'account' | 'user',
  claims: object,
): string {
  const body = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: type,
    sub: subject.getPublicKey(),
    nats: { ...claims, type, version: 2 },
  };
  const jti = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const signed = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded({ jti, ...body })}`;
  const signature = issuer.sign(new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
