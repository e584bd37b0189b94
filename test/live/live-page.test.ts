import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { dashboardPanels } from '../support/grafana-dashboard.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { type Cable, eventually, layCable, ShownCapture, sumOf } from '../support/shown-capture.js';
import { toolSkip } from '../support/tools.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

describe('the metrics of a running capture', { skip }, () => {
  let cable: Cable;
  let folder: string;
  before(() => {
    cable = layCable('gm');
    folder = mkdtempSync(join(tmpdir(), 'gapcap-metrics-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, ...own] of [
    ['one ring'],
    ['a queue', '--engine', 'socket'],
    ['two rings', '--rings', '2', '--fanout', 'hash'],
  ] as const) {
    it(`equal what the capture says at its end: ${name}`, async () => {
      const file = join(folder, `${name}.pcapng`);
      const args = ['-w', file, '-B', '1M', ...own, '--json', '--http', '0'];
      const capture = await ShownCapture.start(cable, args);
      try {
        await capture.send(500);
        for (const frameCount of [30_000, 40_000, 50_000]) await capture.lose(frameCount);
        const metrics = await capture.caughtUp();
        const result = await capture.end();
        const labels = `interface="${cable.receiver}"`;
        const one = (name: string): number | undefined => metrics.get(`${name}{${labels}}`);
        assert.ok(result.lost > 10_000, 'nothing was lost');
        assert.equal(result.frames + result.lost, capture.sent);
        assert.equal(one('gapcap_frames_delivered_total'), result.frames);
        assert.equal(one('gapcap_frames_received_total'), result.interfaces[0]!.received);
        assert.equal(one('gapcap_nic_frames_received_total'), capture.sent);
        assert.equal(one('gapcap_frames_dropped_pending'), 0);
        for (const certainty of ['exact', 'bounded']) {
          const gaps = result.gaps.filter((gap) => gap.certainty === certainty && gap.lost > 0);
          const lost = gaps.reduce((sum, gap) => sum + gap.lost, 0);
          const own = `{${labels},certainty="${certainty}"}`;
          assert.equal(metrics.get(`gapcap_frames_dropped_total${own}`), lost, certainty);
          assert.equal(metrics.get(`gapcap_gaps_total${own}`), gaps.length, certainty);
          assert.equal(metrics.get(`gapcap_gap_size_frames_count${own}`), gaps.length);
          assert.equal(metrics.get(`gapcap_gap_size_frames_sum${own}`), lost);
          for (const bound of [10, 10_000, 30_000, 1_000_000]) {
            const bucket = `gapcap_gap_size_frames_bucket{${labels},certainty="${certainty}",le="${bound}"}`;
            const smaller = gaps.filter((gap) => gap.lost <= bound).length;
            assert.equal(metrics.get(bucket), smaller, bucket);
          }
        }
        assert.ok(one('gapcap_ring_fill_peak_ratio')! <= 1);
        assert.ok(metrics.get('gapcap_written_bytes_total')! > result.frames * 60);
        const ofRings = name === 'two rings' ? [capture.sent, result.lost] : [0, 0];
        assert.deepEqual(
          ['received', 'dropped'].map((what) => sumOf(metrics, `gapcap_ring_frames_${what}_total`)),
          ofRings,
        );
      } finally {
        capture.kill();
      }
    });
  }

  it('come from a thread that answers while the capture stands still', async () => {
    const capture = await ShownCapture.start(cable, ['--json', '--http', '[::1]:0']);
    try {
      assert.match(capture.url, /^http:\/\/\[::1\]:\d+\/$/);
      await capture.send(1_000);
      await capture.caughtUp();
      const response = await fetch(`${capture.url}healthz`);
      assert.equal(response.status, 200);
      await capture.end();
      await assert.rejects(fetch(`${capture.url}healthz`));
    } finally {
      capture.kill();
    }
  });
});

/** A Prometheus that scrapes one capture every second. */
class Prometheus {
  readonly #url = 'http://127.0.0.1:9090';
  readonly #child: ChildProcess;
  #said = '';

  constructor(folder: string, target: string) {
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        scrape_configs: [{ job_name: 'gapcap', static_configs: [{ targets: [target] }] }],
        rule_files: [join(PROJECT_ROOT, 'deploy/prometheus-alerts.yml')],
      }),
    );
    const data = `--storage.tsdb.path=${join(folder, 'data')}`;
    const address = '--web.listen-address=127.0.0.1:9090';
    const args = [`--config.file=${config}`, data, address];
    this.#child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  /** The result of a query as of now: one entry a series; undefined while nobody answers. */
  async query(
    query: string,
  ): Promise<readonly { metric: Record<string, string>; value: number }[] | undefined> {
    const answer = await this.#get(`query?${new URLSearchParams({ query }).toString()}`);
    const { status, data, error } = (answer ?? {}) as {
      status?: string;
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer === undefined) return undefined;
    assert.equal(status, 'success', `${query}: ${error}`);
    return data!.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Waits until a query has one result of that value. */
  async becomes(query: string, value: number): Promise<void> {
    let last: unknown;
    await eventually(
      async () => {
        const result = await this.query(query);
        last = result;
        return result?.length === 1 && result[0]!.value === value;
      },
      () => `${query} is ${JSON.stringify(last)}, not ${value}\n${this.#said}`,
    );
  }

  /** The alerts that are raised now. */
  async alerts(): Promise<readonly { labels: Record<string, string>; state: string }[]> {
    const answer = (await this.#get('alerts')) as
      | { data: { alerts: { labels: Record<string, string>; state: string }[] } }
      | undefined;
    return answer?.data.alerts ?? [];
  }

  async #get(path: string): Promise<unknown> {
    try {
      const response = await fetch(`${this.#url}/api/v1/${path}`);
      return response.status === 503 ? undefined : await response.json();
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

describe('a Prometheus server', { skip: skip || toolSkip('prometheus') }, () => {
  let folder: string;
  let capture: ShownCapture;
  let prometheus: Prometheus;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-prometheus-'));
    const args = ['-w', join(folder, 'x.pcapng'), '-B', '1M', '--json', '--http', '0'];
    capture = await ShownCapture.start(layCable('gp'), args);
    prometheus = new Prometheus(folder, new URL(capture.url).host);
    // Two samples without loss come first: what is there from the beginning is no increase.
    await prometheus.becomes(
      'count_over_time(gapcap_frames_dropped_total{certainty="exact"}[1m]) >= bool 2',
      1,
    );
    await capture.send(500);
    for (const frameCount of [30_000, 40_000]) await capture.lose(frameCount);
  });
  after(async () => {
    capture?.kill();
    await prometheus?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('scrapes it, and its sums are the capture’s', async () => {
    const metrics = await capture.caughtUp();
    const lost = sumOf(metrics, 'gapcap_frames_dropped_total');
    const gaps = sumOf(metrics, 'gapcap_gaps_total');
    assert.ok(lost > 10_000);
    await prometheus.becomes('up{job="gapcap"}', 1);
    await prometheus.becomes('sum(gapcap_frames_dropped_total)', lost);
    await prometheus.becomes('sum(gapcap_gaps_total)', gaps);
    await prometheus.becomes('sum(gapcap_gap_size_frames_count)', gaps);
    await prometheus.becomes('sum(gapcap_gap_size_frames_sum)', lost);
    await prometheus.becomes('sum(gapcap_frames_delivered_total)', capture.sent - lost);
    await prometheus.becomes('sum(gapcap_frames_received_total)', capture.sent);
  });

  it('answers every query of the dashboard', async () => {
    const empty: string[] = [];
    for (const { title, queries } of dashboardPanels()) {
      for (const query of queries) {
        const filled = query
          .replaceAll('$__rate_interval', '1m')
          .replaceAll('$__range', '1m')
          .replaceAll(/\$(?:instance|sensor|interface)/g, '.*');
        assert.ok(!filled.includes('$'), filled);
        const result = await prometheus.query(filled);
        if (result === undefined || result.length === 0) empty.push(`${title}: ${filled}`);
      }
    }
    assert.deepEqual(empty, []);
  });

  it('raises the alert on lost frames, and no other critical one', async () => {
    let alerts: Awaited<ReturnType<Prometheus['alerts']>> = [];
    await eventually(
      async () => {
        alerts = await prometheus.alerts();
        return alerts.some((one) => one.labels['alertname'] === 'GapcapFramesLost');
      },
      () => JSON.stringify(alerts),
    );
    const lost = alerts.find((one) => one.labels['alertname'] === 'GapcapFramesLost')!;
    assert.equal(lost.state, 'firing');
    assert.equal(lost.labels['interface'], 'gpr');
    assert.ok(alerts.every((one) => one.labels['alertname'] !== 'GapcapGone'));
  });
});
