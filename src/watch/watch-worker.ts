/** The thread of the web server; started by `LivePage`. */

import { parentPort, workerData } from 'node:worker_threads';
import { readLivePage } from './live-page.js';
import { LiveServer } from './live-server.js';
import { SensorMetrics } from './metrics.js';
import type { FromServer, ToServer, WatchOrder } from './watch-message.js';
import { WatchedSensors } from './watched-sensors.js';

async function run(order: WatchOrder): Promise<void> {
  const { allowedHosts, labelSensors, host } = order;
  const hosts = [...allowedHosts, host];
  const port = parentPort!;
  const sensors = new WatchedSensors();
  const metrics = new SensorMetrics(() => sensors.all, { labelSensors });
  // All that is needed is read now: the process may become a user who can't read it.
  const server = new LiveServer({ sensors, metrics, page: readLivePage(), allowedHosts: hosts });
  const tell = (message: FromServer): void => port.postMessage(message);
  try {
    const { address, port: number } = await server.listen(host, order.port);
    tell({ kind: 'listening', address, port: number });
  } catch (error) {
    const { code, errno = 0, syscall = 'listen', message } = error as NodeJS.ErrnoException;
    tell({ kind: 'failed', code, errno: Math.abs(errno), syscall, message });
    return;
  }
  port.on('message', (message: ToServer) => {
    if (message !== undefined) sensors.take(message);
    else void server.close().then(() => port.close());
  });
}

await run(workerData as WatchOrder);
