/** A network namespace for one command: nothing in it but a loopback interface that is up. */

import { spawnSync } from 'node:child_process';

/**
 * A wrapper for `runGapcap` that runs it alone in a network of its own, as root there.
 *
 * @param before shell commands to run first in the same network, such as a sender in the background
 */
export function inLoneNetwork(before = 'true'): readonly string[] {
  const script = `ip link set lo up\n${before}\nexec "$@"`;
  return ['unshare', '--map-root-user', '--net', 'sh', '-c', script, 'sh'];
}

/**
 * Shell command that sends UDP datagrams of 100 random bytes to 127.0.0.1 without end, in the
 * background, until the namespace's command has ended (its parent's death ends it). No compression
 * makes them shorter, so that a disk is full soon.
 *
 * @param everyMs pause between datagrams
 */
export function backgroundSender(everyMs: number): string {
  const program = `
    const parent = process.ppid;
    const { randomBytes } = require('node:crypto');
    const socket = require('node:dgram').createSocket('udp4');
    setInterval(() => {
      if (process.ppid !== parent) process.exit();
      socket.send(randomBytes(100), 9, '127.0.0.1');
    }, ${everyMs});
    setTimeout(() => process.exit(), 15000);
  `.replace(/\s+/g, ' ');
  return `"${process.execPath}" -e "${program}" > /dev/null 2>&1 & `;
}

/**
 * Why no such network can be made here; false where it can. Where GAPCAP_REQUIRE_LIVE is 1, throws
 * instead of giving a reason.
 */
export function loneNetworkObstacle(): string | false {
  const [program, ...args] = inLoneNetwork();
  const trial = spawnSync(program!, [...args, 'true'], { encoding: 'utf8' });
  if (trial.status === 0) return false;
  const reason = `needs a network namespace: ${trial.error?.message ?? trial.stderr.trim()}`;
  const { GAPCAP_REQUIRE_LIVE: required } = process.env;
  if (required === '1') throw new Error(reason);
  return reason;
}
