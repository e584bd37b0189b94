/**
 * Which requests are meant for this server, by their Host header.
 *
 * A page of somebody else can have its own name lead to this machine (DNS rebinding) and would then
 * read everything as if it were its own; the Host header is its name all the same. An address in
 * figures belongs to nobody else than who has it: the one that the client connected to will do.
 */

/** Names that lead to this machine and nowhere else (RFC 6761 §6.3). */
const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Whether a Host header names this server.
 *
 * @param header as it came; undefined where there is none
 * @param address the address that the client connected to
 * @param allowed further names, without ports; case doesn't matter
 */
export function isOwnHost(
  header: string | undefined,
  address: string | undefined,
  allowed: readonly string[],
): boolean {
  const host = header === undefined ? undefined : hostOf(header);
  if (host === undefined) return false;
  if (OWN_NAMES.has(host) || host === plainAddress(address)) return true;
  return allowed.some((name) => normalName(name) === host);
}

/** The name or address in a Host header, in lower case; undefined where it isn't one (RFC 9110 §7.2). */
function hostOf(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{0,5})?$/i.exec(header);
  const host = match?.[1] ?? match?.[2];
  return host === undefined ? undefined : normalName(host);
}

function normalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** IPv4 as a socket of both kinds gives it is `::ffff:192.0.2.1`. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}
