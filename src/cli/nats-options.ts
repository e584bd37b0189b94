/** How to get into a NATS server: what `capture --publish` and `fleet` ask for. */

import type { Command } from 'commander';
import type { NatsAddress } from '../sensors.js';
import { parseCount } from './quantity.js';

/** What commander makes of the options. */
export interface NatsArguments {
  readonly natsLogin?: string;
  readonly natsCreds?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
  readonly natsStream?: string;
  readonly natsReplicas?: number;
}

/** Gives a command the options. */
export function addNatsOptions(command: Command): void {
  command
    .option('--nats-login <file>', 'USER:PASSWORD or a token for the NATS server')
    .option('--nats-creds <file>', 'credentials for the NATS server, or an NKey seed')
    .option('--nats-ca <file>', 'certificate of the authority to trust; implies TLS')
    .option('--nats-cert <file>', 'our own certificate, with --nats-key')
    .option('--nats-key <file>', 'the key of our own certificate')
    .option('--nats-stream <name>', 'JetStream stream; GAPCAP unless given')
    .option(
      '--nats-replicas <n>',
      'servers of a cluster that keep the stream, when it is made',
      (text: string) => parseCount(text, '--nats-replicas', { least: 1, most: 5 }),
    );
}

/** The names of the options that were given. */
export function givenNatsOptions(given: NatsArguments): string[] {
  const { natsLogin, natsCreds, natsCa, natsCert, natsKey, natsStream, natsReplicas } = given;
  const names = { natsLogin, natsCreds, natsCa, natsCert, natsKey, natsStream, natsReplicas };
  return Object.entries(names)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

/**
 * Where the server is; files are read at once, while we may.
 *
 * A login in the address goes before one in a file, and that before the environment's. Other users see
 * arguments in the list of processes, but no environment.
 */
export async function natsAddressOf(url: string, given: NatsArguments): Promise<NatsAddress> {
  const { parseNatsLogin, readNatsAddress, redactedUrl } = await import('../sensors.js');
  const { natsLogin, natsCreds, natsCa, natsCert, natsKey, natsStream, natsReplicas } = given;
  hideLogin(url, redactedUrl(url));
  const fromEnvironment = process.env['GAPCAP_NATS_LOGIN'] ?? '';
  // Programs that are started don't get it.
  delete process.env['GAPCAP_NATS_LOGIN'];
  const files = {
    login: natsLogin,
    credentials: natsCreds,
    authority: natsCa,
    certificate: natsCert,
    key: natsKey,
  };
  const address = readNatsAddress(url, files, { stream: natsStream, replicas: natsReplicas });
  return address.login !== undefined || fromEnvironment === ''
    ? address
    : { ...address, login: parseNatsLogin(fromEnvironment, 'GAPCAP_NATS_LOGIN') };
}

/** Takes a password out of the list of processes; it was there until now. */
function hideLogin(url: string, shown: string): void {
  if (url === shown) return;
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.title = words.map((word) => word.replaceAll(url, shown)).join(' ');
}
