/** Which of the servers is being reached: its certificate has to have the name by which it is. */

import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { ReconnectToServerHandler, Server } from '@nats-io/transport-node';

/** Follows the library from server to server. */
export class ReachedServer {
  #names: readonly string[] = [];

  /** Is told of every attempt; leaves the choice to the library, which is the first. */
  readonly follow: ReconnectToServerHandler = ([next]) => {
    this.#names = next === undefined ? [] : namesOf(next);
    return null;
  };

  /**
   * What is wrong with a certificate: it names somebody else. Node looks for "localhost" where a server is called by its
   * address.
   */
  readonly check = (asked: string, peer: PeerCertificate): Error | undefined => {
    const problems = this.#names.map((name) => checkServerIdentity(name, peer));
    if (problems.includes(undefined)) return undefined;
    return problems[0] ?? checkServerIdentity(asked, peer);
  };
}

/**
 * A server of the cluster that only another one told of, by its number, may have the name by which that other one was
 * reached: a cluster's certificate is often one for all.
 */
function namesOf({ hostname, gossiped, tlsName }: Server): readonly string[] {
  return gossiped && tlsName !== '' ? [hostname, tlsName] : [hostname];
}
