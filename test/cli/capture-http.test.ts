import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { layCable, ShownCapture } from '../support/shown-capture.js';
import { runGapcap } from './gapcap-process.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

/** Says at the end which of Node's own modules were loaded in the main thread. */
const SAY_BUILT_IN =
  "data:text/javascript,process.on('exit',()=>console.error(process.moduleLoadList.join()))";

describe('gapcap capture --http', () => {
  it('refuses what is no address, and a name without a page', async () => {
    const wrong = await runGapcap(['capture', '-i', 'lo', '--http', ':80']);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^gapcap: --http: ':80' is no port/m);
    const alone = await runGapcap(['capture', '-i', 'lo', '--http-allow-host', 'x']);
    assert.equal(alone.status, 2);
    assert.match(alone.stderr, /Give --http PORT too/);
    const scheme = await runGapcap(['capture', '--http-allow-host', 'http://x']);
    assert.equal(scheme.status, 2);
  });

  it('says before anything is captured that the port is taken', { skip }, async () => {
    const { receiver } = layCable('ga');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const run = await runGapcap(['capture', '-i', receiver, '--http', String(port)]);
      assert.equal(run.status, 1);
      assert.equal(
        run.stderr,
        `gapcap: Can't listen on 127.0.0.1:${port}: EADDRINUSE. Another program listens there; choose another port, or 0 for any that is free.\n`,
      );
    } finally {
      other.close();
    }
  });

  it('says that an address is not one of this machine, or a name nobody’s', { skip }, async () => {
    const { receiver } = layCable('gb');
    const foreign = await runGapcap(['capture', '-i', receiver, '--http', '192.0.2.1:9100']);
    assert.equal(foreign.status, 1);
    assert.match(foreign.stderr, /EADDRNOTAVAIL. This machine has no such address/);
  });

  it('binds the loopback interface alone unless told otherwise', { skip }, async () => {
    const cable = layCable('gc');
    const capture = await ShownCapture.start(cable, ['--json', '--http', '0']);
    try {
      assert.match(capture.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      const { port } = new URL(capture.url);
      await assert.rejects(fetch(`http://127.0.0.2:${port}/`));
      await assert.rejects(fetch(`http://[::1]:${port}/`));
    } finally {
      capture.kill();
    }
  });

  it('answers under a name that was allowed', { skip }, async () => {
    const cable = layCable('gd');
    const args = ['--json', '--http', '0.0.0.0:0', '--http-allow-host', 'tap1.example.net'];
    const capture = await ShownCapture.start(cable, args);
    try {
      const { get } = await import('node:http');
      const statusFor = async (host: string): Promise<number> => {
        const request = get(capture.url, { headers: { host }, agent: false });
        const [response] = (await once(request, 'response')) as [{ statusCode: number }];
        request.destroy();
        return response.statusCode;
      };
      assert.equal(await statusFor('tap1.example.net'), 200);
      assert.equal(await statusFor('tap2.example.net'), 403);
      assert.equal((await capture.end()).frames, 0);
    } finally {
      capture.kill();
    }
  });

  it('listens below 1024 as root, and shows the page as somebody else', { skip }, async () => {
    const cable = layCable('ge');
    const args = ['--json', '--http', '127.0.0.1:80', '-Z', 'nobody'];
    const capture = await ShownCapture.start(cable, args);
    try {
      assert.equal(capture.url, 'http://127.0.0.1:80/');
      await capture.send(200);
      await capture.caughtUp();
      assert.match(await (await fetch(capture.url)).text(), /^<!doctype html>/);
      assert.equal((await capture.end()).frames, 200);
    } finally {
      capture.kill();
    }
  });

  it('is loaded only where it is asked for', { skip }, async () => {
    const { receiver } = layCable('gf');
    const loaded = async (...args: string[]): Promise<string> => {
      const run = await runGapcap(
        ['capture', '-i', receiver, '--json', '-a', 'duration:0.3', ...args],
        {
          env: { ...process.env, NODE_DEBUG: 'module,esm' },
          nodeArguments: ['--import', SAY_BUILT_IN],
        },
      );
      assert.equal(run.status, 0, run.stderr);
      return run.stderr;
    };
    const marks = /prom-client|watch-worker|watching\.js|live-server|NativeModule _http_server/;
    assert.doesNotMatch(await loaded(), marks);
    assert.match(await loaded('--http', '0'), marks);
  });
});
