/**
 * Real TCP: `tcp-traffic-main.js serve PORT` takes connections, reads each to its end and answers with
 * as many bytes; `tcp-traffic-main.js send HOST PORT CONNECTIONS BYTES` opens them and waits for the
 * answers.
 */

import { connect, createServer, type Socket } from 'node:net';

const [role, ...rest] = process.argv.slice(2);
const CHUNK = Buffer.alloc(16_384, 0x5a);

/** Writes so many bytes as fast as they are taken, then ends. */
function pour(socket: Socket, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const size = Math.min(left, CHUNK.length);
      left -= size;
      if (!socket.write(CHUNK.subarray(0, size))) {
        socket.once('drain', more);
        return;
      }
    }
    socket.end();
  };
  more();
}

if (role === 'serve') {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let received = 0;
    socket.on('data', (part) => {
      received += part.length;
    });
    socket.on('end', () => pour(socket, Math.ceil(received / 4)));
    socket.on('error', () => {});
  });
  server.listen(Number(rest[0]), '0.0.0.0', () => process.stdout.write('listening\n'));
} else {
  const [host, port, connections, bytes] = rest;
  let open = Number(connections);
  for (let i = 0; i < Number(connections); i += 1) {
    const socket = connect({ host: host!, port: Number(port), allowHalfOpen: true }, () =>
      pour(socket, Number(bytes)),
    );
    socket.resume();
    socket.on('close', () => {
      open -= 1;
      if (open === 0) process.exit(0);
    });
  }
}
