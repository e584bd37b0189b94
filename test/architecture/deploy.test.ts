import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultSpoolFolder } from '../../src/fleet/fleet-publisher.js';
import { METRICS } from '../../src/watch/metric-list.js';
import { assertNone } from '../support/assert-none.js';
import { type DashboardPanel, dashboardPanels } from '../support/grafana-dashboard.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { toolSkip } from '../support/tools.js';

const DEPLOY = join(PROJECT_ROOT, 'deploy');
const read = (name: string): string => readFileSync(join(DEPLOY, name), 'utf8');

/** Names that a query may have beside the metrics themselves. */
const known = new Set<string>(
  Object.entries(METRICS).flatMap(([name, { kind }]) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

/** Labels that Prometheus gives, and the one that a fleet has of each sensor. */
const ALWAYS = ['instance', 'job', 'sensor'];

/** The labels of a metric, as docs/metrics.md has them. */
function labelsOf(name: string): readonly string[] {
  const base = name in METRICS ? name : name.replace(/_(?:bucket|sum|count)$/, '');
  const { kind, labels } = METRICS[base as keyof typeof METRICS];
  return [...ALWAYS, ...labels, ...(kind === 'histogram' ? ['le'] : [])];
}

/** Labels that a query asks for and that its metrics don't have. */
function unknownLabels(query: string): string[] {
  const names = [...query.matchAll(/\b(?:gapcap|process)_\w+/g)].map(([name]) => name);
  const all = new Set(names.flatMap((name) => (known.has(name) ? labelsOf(name) : [])));
  const grouped = [...query.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)]
    .flatMap(([, list]) => list!.split(','))
    .map((label) => label.trim())
    .filter((label) => !all.has(label));
  const matched = [...query.matchAll(/\b((?:gapcap|process)_\w+)\{([^}]*)\}/g)].flatMap(
    ([, name, list]) =>
      [...list!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
        .map(([, label]) => label!)
        .filter((label) => known.has(name!) && !labelsOf(name!).includes(label)),
  );
  return [...grouped, ...matched].map((label) => `${label} in ${query}`);
}

/** The names of metrics in a text that aren't ones of gapcap's. */
function unknownMetrics(text: string): string[] {
  return [...text.matchAll(/\b(?:gapcap|process)_\w+/g)]
    .map(([name]) => name)
    .filter((name) => !known.has(name));
}

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: DEPLOY, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}

describe('docs/metrics.md', () => {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/metrics.md'), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm)].map(
      ([, name, kind, labels, help]) => [name!, { kind, labels, help }],
    ),
  );

  it('has a row for every metric, with its kind, its labels and its help', () => {
    for (const [name, { kind, labels, help }] of Object.entries(METRICS)) {
      const shown = labels.map((label) => `\`${label}\``).join(', ') || '–';
      assert.deepEqual(rows.get(name), { kind, labels: shown, help }, name);
    }
  });

  it("has no row for a metric that isn't there", () => {
    assertNone([...rows.keys()].filter((name) => !(name in METRICS)));
  });
});

describe('deploy/grafana-dashboard.json', () => {
  const panels = dashboardPanels();

  it('asks for metrics that there are, in every panel', () => {
    assert.ok(panels.length > 8);
    for (const { title, queries } of panels) {
      assert.ok(queries.length > 0, title);
      assertNone(queries.flatMap(unknownMetrics));
      assertNone(queries.filter((query) => !/\b(?:gapcap|process)_/.test(query)));
    }
  });

  it('asks for labels that these metrics have, and keeps the sensors of a fleet apart', () => {
    const queries = panels.flatMap((panel) => panel.queries);
    assertNone(queries.flatMap(unknownLabels));
    const ofSensors = queries.filter((query) => !query.includes('process_'));
    assertNone(ofSensors.filter((query) => !query.includes('sensor=~"$sensor"')));
    const legends = [...read('grafana-dashboard.json').matchAll(/\{\{(\w+)\}\}/g)];
    const labels = new Set(Object.keys(METRICS).flatMap(labelsOf));
    assertNone(legends.map(([, label]) => label!).filter((label) => !labels.has(label)));
  });

  it('lets no two panels overlap, and none stand out', () => {
    const cells = new Set<string>();
    const place = ({ title, x, y, width, height }: DashboardPanel): void => {
      assert.ok(x + width <= 24, title);
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) {
          assert.ok(!cells.has(`${row} ${column}`), title);
          cells.add(`${row} ${column}`);
        }
      }
    };
    for (const panel of panels) place(panel);
  });
});

describe('deploy/prometheus-alerts.yml', () => {
  it('asks for metrics that there are', () => {
    assertNone(unknownMetrics(read('prometheus-alerts.yml')));
    assertNone(unknownMetrics(read('prometheus-alerts.test.yml')));
  });

  it('asks for labels that these metrics have, and keeps the sensors of a fleet apart', () => {
    const text = read('prometheus-alerts.yml');
    assertNone(text.split('- alert:').flatMap(unknownLabels));
    assertNone([...text.matchAll(/by \([^)]*\)/g)].map(String).filter((by) => !/sensor/.test(by)));
  });

  it('has a test for each alert', () => {
    const alerts = [...read('prometheus-alerts.yml').matchAll(/- alert: (\w+)/g)];
    const tests = read('prometheus-alerts.test.yml');
    assert.ok(alerts.length > 3);
    for (const [, name] of alerts) {
      const mentions = tests.split(new RegExp(`alertname: ${name}\\b`)).length - 1;
      assert.ok(mentions >= 2, `${name}: once silent, once raised`);
    }
  });

  it('says what promtool accepts', { skip: toolSkip('promtool') }, () => {
    promtool('check', 'rules', 'prometheus-alerts.yml');
    promtool('check', 'config', 'prometheus.yml');
  });

  it('raises and keeps silent as it should', { skip: toolSkip('promtool') }, () => {
    promtool('test', 'rules', 'prometheus-alerts.test.yml');
  });
});

describe('deploy/gapcap@.service', () => {
  it('is a unit that systemd accepts', { skip: toolSkip('systemd-analyze') }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapcap-unit-'));
    try {
      const unit = join(folder, 'gapcap@eth0.service');
      copyFileSync(join(DEPLOY, 'gapcap@.service'), unit);
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
        encoding: 'utf8',
      });
      assertNone(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('gapcap@')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets events wait where it may write, for the NATS server', () => {
    const unit = read('gapcap@.service');
    const [, state] = /^Environment=XDG_STATE_HOME=(\S+)$/m.exec(unit)!;
    const [, own] = /^StateDirectory=(\S+)$/m.exec(unit)!;
    const before = process.env['XDG_STATE_HOME'];
    process.env['XDG_STATE_HOME'] = state!;
    try {
      assert.ok(defaultSpoolFolder().startsWith(join('/var/lib', own!, '/')));
    } finally {
      if (before === undefined) delete process.env['XDG_STATE_HOME'];
      else process.env['XDG_STATE_HOME'] = before;
    }
    assert.match(unit, /^ExecStart=.* \$GAPCAP_PUBLISH /m);
  });

  it('begins again when its interface is back', () => {
    assert.match(
      read('gapcap@.service'),
      /^WantedBy=multi-user\.target sys-subsystem-net-devices-%i\.device$/m,
    );
  });

  it('gives it one capability, and no way to more', () => {
    const unit = read('gapcap@.service');
    assert.match(unit, /^DynamicUser=yes$/m);
    assert.match(unit, /^NoNewPrivileges=yes$/m);
    for (const set of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
      assert.deepEqual(unit.match(new RegExp(`^${set}=.*$`, 'gm')), [`${set}=CAP_NET_RAW`]);
    }
  });
});

describe('deploy/Containerfile', () => {
  it('lets events wait with the files, outside of the container', () => {
    const text = read('Containerfile');
    const [, folder] = /^WORKDIR (\/captures)$/m.exec(text)!;
    assert.match(text, new RegExp(`^ENV XDG_STATE_HOME=${folder}$`, 'm'));
    assert.match(text, new RegExp(`-v "\\$PWD":${folder} `));
  });
});
