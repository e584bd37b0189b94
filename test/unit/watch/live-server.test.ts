import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MOST_CLIENTS } from '../../../src/watch/event-stream.js';
import { healthOf, LiveServer } from '../../../src/watch/live-server.js';
import { SensorMetrics } from '../../../src/watch/metrics.js';
import { WatchedSensors } from '../../../src/watch/watched-sensors.js';
import { parseMetrics } from '../../support/prometheus-text.js';
import { fakeEnd, fakeReading, fakeStart } from '../../support/sensor-events.js';

describe('LiveServer', () => {
  let sensors: WatchedSensors;
  let server: LiveServer;
  let port: number;
  beforeEach(async () => {
    sensors = new WatchedSensors();
    server = new LiveServer({
      sensors,
      metrics: new SensorMetrics(() => sensors.all),
      page: { html: '<!doctype html><title>x</title>', policy: "default-src 'none'" },
      allowedHosts: ['tap1.example.net'],
    });
    ({ port } = await server.listen('127.0.0.1', 0));
  });
  afterEach(() => server.close());

  const open = async (
    path: string,
    headers: OutgoingHttpHeaders = {},
    method = 'GET',
  ): Promise<IncomingMessage> => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.setEncoding('utf8');
  };
  const ask = async (
    ...args: Parameters<typeof open>
  ): Promise<{ status: number; text: string; response: IncomingMessage }> => {
    const response = await open(...args);
    let text = '';
    for await (const part of response) text += part;
    return { status: response.statusCode!, text, response };
  };

  it('gives the page with its policy, and lets no answer be taken for something else', async () => {
    const { status, text, response } = await ask('/');
    assert.equal(status, 200);
    assert.match(text, /^<!doctype html>/);
    const { headers } = response;
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['content-security-policy'], "default-src 'none'");
    for (const path of ['/', '/metrics', '/healthz', '/nothing']) {
      const other = (await ask(path)).response.headers;
      assert.equal(other['x-content-type-options'], 'nosniff', path);
      assert.equal(other['cache-control'], 'no-store', path);
      assert.equal(other['access-control-allow-origin'], undefined, path);
    }
  });

  it('gives the metrics of what it was told', async () => {
    sensors.take(fakeStart());
    sensors.take(fakeReading(1, [{ frames: 77 }]));
    const { status, text, response } = await ask('/metrics?x=y');
    assert.equal(status, 200);
    assert.match(response.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
    assert.equal(parseMetrics(text).get('gapcap_frames_delivered_total{interface="eth0"}'), 77);
  });

  it('says whether all is well', async () => {
    assert.equal((await ask('/healthz')).status, 503);
    sensors.take(fakeStart());
    sensors.take(fakeReading(1, [{}]));
    const well = await ask('/healthz');
    assert.equal(well.status, 200);
    assert.equal((JSON.parse(well.text) as { status: string }).status, 'ok');
    sensors.take(fakeEnd(2));
    const ended = await ask('/healthz');
    assert.equal(ended.status, 503);
    assert.equal((JSON.parse(ended.text) as { status: string }).status, 'ended');
  });

  it('gives all that is known, then each event as it comes, then ends', async () => {
    sensors.take(fakeStart());
    const response = await open('/events');
    let text = '';
    response.on('data', (part: string) => {
      text += part;
    });
    const first = await new Promise<string>((resolve) => response.once('data', resolve));
    assert.match(first, /^retry: \d+\nevent: sensors\ndata: /);
    const reading = fakeReading(1, [{ frames: 3 }]);
    sensors.take(reading);
    sensors.take(fakeEnd(2));
    await server.close();
    if (!response.complete) await once(response, 'end');
    assert.ok(text.includes(`event: reading\ndata: ${JSON.stringify(reading)}\n\n`), text);
    assert.match(text, /event: end\ndata: .*\n\n$/);
  });

  it('refuses one page more than it can feed, and says when to come again', async () => {
    const responses = [];
    for (let i = 0; i < MOST_CLIENTS; i++) responses.push(await open('/events'));
    const { status, text, response } = await ask('/events');
    assert.equal(status, 503);
    assert.equal(response.headers['retry-after'], '10');
    assert.match(text, /^Too many pages/);
    assert.equal((await ask('/healthz')).status, 503, 'other answers still come');
    for (const one of responses) one.destroy();
  });

  it('answers under its own names only', async () => {
    for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]', 'TAP1.example.net:80']) {
      assert.equal((await ask('/metrics', { host })).status, 200, host);
    }
    for (const host of ['evil.example', 'tap1.example.net.evil.example', '10.0.0.1']) {
      for (const path of ['/', '/events', '/metrics', '/healthz']) {
        const { status, text } = await ask(path, { host });
        assert.equal(status, 403, host);
        assert.match(text, /--http-allow-host/);
        assert.ok(!text.includes(host));
      }
    }
  });

  it('tells nothing to pages of other sites, but lets links lead here', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    assert.equal((await ask('/events', foreign)).status, 403);
    assert.equal((await ask('/', { ...foreign, 'sec-fetch-mode': 'navigate' })).status, 200);
    assert.equal((await ask('/metrics', { 'sec-fetch-site': 'same-origin' })).status, 200);
  });

  it('answers GET and HEAD only', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, response } = await ask('/', {}, method);
      assert.equal(status, 405, method);
      assert.equal(response.headers.allow, 'GET, HEAD');
    }
    for (const path of ['/', '/metrics', '/events']) {
      const { status, text } = await ask(path, {}, 'HEAD');
      assert.equal(status, 200, path);
      assert.equal(text, '');
    }
    assert.equal((await ask('/../../etc/passwd')).status, 404);
  });

  it('gives up on requests with huge headers, and on those that are none', async () => {
    const { status } = await ask('/', { 'x-filler': 'x'.repeat(20_000) });
    assert.equal(status, 431);
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').write('hello\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [string];
    assert.match(answer, /^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  it('gives an HTTP/1.0 request without a Host nothing', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').write('GET /metrics HTTP/1.0\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [string];
    assert.match(answer, /^HTTP\/1\.1 403 /);
    socket.destroy();
  });

  it('ends though a client holds on to its connection', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /healthz HT');
    await once(socket, 'connect');
    socket.on('error', () => {});
    await server.close();
    await assert.rejects(ask('/healthz'), { code: 'ECONNREFUSED' });
  });
});

describe('healthOf', () => {
  it('is the worst of all sensors, and says how old the oldest counts are', () => {
    let nowMs = 0;
    const sensors = new WatchedSensors(() => nowMs);
    assert.deepEqual(healthOf(sensors.all, 0), { status: 'starting', readingAgeSeconds: null });
    sensors.take(fakeStart());
    sensors.take(fakeReading(1, [{}]));
    nowMs = 2_000;
    sensors.take(fakeStart({ sensor: 'tap2' }));
    assert.deepEqual(healthOf(sensors.all, 3_000), { status: 'starting', readingAgeSeconds: 3 });
    sensors.take(fakeReading(1, [{}], { sensor: 'tap2' }));
    assert.deepEqual(healthOf(sensors.all, 4_000), { status: 'ok', readingAgeSeconds: 4 });
    assert.deepEqual(healthOf(sensors.all, 6_000), { status: 'stale', readingAgeSeconds: 6 });
    sensors.take(fakeEnd(5));
    assert.deepEqual(healthOf(sensors.all, 6_000), { status: 'ok', readingAgeSeconds: 4 });
  });
});
