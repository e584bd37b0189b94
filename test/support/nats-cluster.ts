/** Three NATS servers that keep streams together, on one loopback interface. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestNetwork } from './namespace.js';
import { NatsServer } from './nats-server.js';

const CLIENTS = 4222;
const ROUTES = 6222;
const MONITORS = 8222;

/** A cluster; its servers can be killed one by one. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];
  /** Where each of them tells how it is. */
  readonly monitors: readonly string[];

  /** @param folder for configurations and messages */
  constructor(network: TestNetwork, folder: string, size: number = 3) {
    const numbers = Array.from({ length: size }, (_, i) => i);
    const routes = numbers.map((i) => `"nats://127.0.0.1:${ROUTES + i}"`).join(', ');
    this.monitors = numbers.map((i) => `http://127.0.0.1:${MONITORS + i}`);
    this.servers = numbers.map((i) => {
      const own = join(folder, `server${i}`);
      mkdirSync(own, { recursive: true });
      const settings = [
        `server_name: server${i}`,
        `http: "127.0.0.1:${MONITORS + i}"`,
        `cluster { name: lab, listen: "127.0.0.1:${ROUTES + i}", routes: [${routes}] }`,
      ].join('\n');
      return new NatsServer(network, own, { settings, port: CLIENTS + i });
    });
  }

  /** All of them as one address. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  /** Starts all. */
  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()));
  }
}
