import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRICS } from '../../../src/watch/metric-list.js';
import { SensorMetrics } from '../../../src/watch/metrics.js';
import type { WatchedSensor } from '../../../src/watch/sensor-event.js';
import { WatchedSensors } from '../../../src/watch/watched-sensors.js';
import { parseMetrics } from '../../support/prometheus-text.js';
import { fakeGaps, fakeReading, fakeStart } from '../../support/sensor-events.js';

function sensorsWith(...events: Parameters<WatchedSensors['take']>[0][]): WatchedSensors {
  const sensors = new WatchedSensors();
  for (const event of events) sensors.take(event);
  return sensors;
}

async function textOf(sensors: readonly WatchedSensor[], labelSensors = false): Promise<string> {
  const metrics = new SensorMetrics(() => sensors, { labelSensors });
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
  return metrics.text();
}

const LOSSY = fakeReading(
  3,
  [
    {
      frames: 100,
      received: 160,
      dropped: 60,
      exact: fakeGaps(1, 40),
      bounded: fakeGaps(5),
      lastGapMs: 1_795_355_062_500,
      fill: 0.25,
      peakFill: 0.5,
      interfaceReceived: 170,
      interfaceDropped: 10,
    },
  ],
  { backlogDropped: 3, writtenBytes: 12_000, file: 'x.pcapng', fileNumber: 2 },
);

describe('SensorMetrics', () => {
  it('gives each count with its labels', async () => {
    const { all } = sensorsWith(fakeStart(), fakeReading(2, [{ peakFill: 0.75 }]), LOSSY);
    const values = parseMetrics(await textOf(all));
    const own = Object.fromEntries(
      [...values].filter(([name]) => /^gapcap/.test(name) && !/_size_/.test(name)),
    );
    assert.deepEqual(own, {
      'gapcap_build_info{version="0.1.0"}': 1,
      gapcap_capture_start_time_seconds: 1_795_355_060,
      gapcap_last_reading_time_seconds: 1_795_355_063,
      'gapcap_frames_received_total{interface="eth0"}': 160,
      'gapcap_frames_delivered_total{interface="eth0"}': 100,
      'gapcap_frames_dropped_total{interface="eth0",certainty="exact"}': 41,
      'gapcap_frames_dropped_total{interface="eth0",certainty="bounded"}': 5,
      'gapcap_frames_dropped_pending{interface="eth0"}': 14,
      'gapcap_gaps_total{interface="eth0",certainty="exact"}': 2,
      'gapcap_gaps_total{interface="eth0",certainty="bounded"}': 1,
      'gapcap_last_gap_time_seconds{interface="eth0"}': 1_795_355_062.5,
      'gapcap_ring_fill_ratio{interface="eth0"}': 0.25,
      'gapcap_ring_fill_peak_ratio{interface="eth0"}': 0.75,
      'gapcap_nic_frames_received_total{interface="eth0"}': 170,
      'gapcap_nic_frames_dropped_total{interface="eth0"}': 10,
      gapcap_backlog_frames_dropped_total: 3,
      gapcap_written_bytes_total: 12_000,
      gapcap_file_number: 2,
    });
  });

  it('gives the sizes of gaps as a histogram that adds up', async () => {
    const values = parseMetrics(await textOf(sensorsWith(fakeStart(), LOSSY).all));
    const exact = (suffix: string, le?: string): number | undefined => {
      const labels = `interface="eth0",certainty="exact"${le === undefined ? '' : `,le="${le}"`}`;
      return values.get(`gapcap_gap_size_frames_${suffix}{${labels}}`);
    };
    assert.equal(exact('bucket', '1'), 1);
    assert.equal(exact('bucket', '30'), 1);
    assert.equal(exact('bucket', '100'), 2);
    assert.equal(exact('bucket', '1000000'), 2);
    assert.equal(exact('bucket', '+Inf'), 2);
    assert.equal(exact('sum'), 41);
    assert.equal(exact('count'), 2);
  });

  it("gives nothing where a count isn't known, instead of 0", async () => {
    const unknown = {
      received: null,
      dropped: null,
      fill: null,
      peakFill: null,
      interfaceReceived: null,
      interfaceDropped: null,
    };
    const reading = fakeReading(1, [unknown], { backlogDropped: null });
    const names = [...parseMetrics(await textOf(sensorsWith(fakeStart(), reading).all)).keys()];
    for (const absent of ['received', 'pending', 'ring', 'nic', 'backlog', 'written', 'file']) {
      assert.deepEqual(
        names.filter((name) => name.includes(`_${absent}_`)),
        [],
        absent,
      );
    }
  });

  it('says what every metric is, also before the first reading', async () => {
    const text = await textOf([]);
    for (const [name, { kind, help }] of Object.entries(METRICS)) {
      assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`), name);
    }
    assert.equal(text.match(/^# TYPE/gm)!.length, Object.keys(METRICS).length);
    assert.equal(parseMetrics(text).size, 3, 'those of the process alone');
  });

  it('tells the rings of an interface apart where there are several', async () => {
    const rings = [
      { ring: 0, received: 100, dropped: 60, fill: 1 },
      { ring: 1, received: 60, dropped: 0, fill: 0.125 },
    ];
    const reading = fakeReading(1, [{ fill: 1, rings }, {}]);
    const text = await textOf(sensorsWith(fakeStart({}, ['eth0', 'eth1']), reading).all);
    const values = parseMetrics(text);
    const ofRings = Object.fromEntries(
      [...values].filter(([name]) => /^gapcap_ring_(?:fill_ratio|frames)/.test(name)),
    );
    assert.deepEqual(ofRings, {
      'gapcap_ring_fill_ratio{interface="eth0",ring="0"}': 1,
      'gapcap_ring_fill_ratio{interface="eth0",ring="1"}': 0.125,
      'gapcap_ring_fill_ratio{interface="eth1"}': 0,
      'gapcap_ring_frames_received_total{interface="eth0",ring="0"}': 100,
      'gapcap_ring_frames_received_total{interface="eth0",ring="1"}': 60,
      'gapcap_ring_frames_dropped_total{interface="eth0",ring="0"}': 60,
      'gapcap_ring_frames_dropped_total{interface="eth0",ring="1"}': 0,
    });
  });

  it('tells sensors apart by a label where there are several', async () => {
    const { all } = sensorsWith(fakeStart(), LOSSY, fakeStart({ sensor: 'tap2' }), {
      ...LOSSY,
      sensor: 'tap2',
    });
    const values = parseMetrics(await textOf(all, true));
    assert.equal(
      values.get('gapcap_gaps_total{sensor="tap2",interface="eth0",certainty="exact"}'),
      2,
    );
    assert.equal(values.get('gapcap_written_bytes_total{sensor="tap1"}'), 12_000);
  });

  it('tells interfaces of one name apart, and lets no name break out of its label', async () => {
    const names = ['eth0', 'eth0', 'a"} 1\n# evil \\'];
    const reading = fakeReading(1, [{ frames: 1 }, { frames: 2 }, { frames: 3 }]);
    const text = await textOf(sensorsWith(fakeStart({}, names), reading).all);
    const values = parseMetrics(text);
    assert.equal(values.get('gapcap_frames_delivered_total{interface="eth0"}'), 1);
    assert.equal(values.get('gapcap_frames_delivered_total{interface="eth0#1"}'), 2);
    assert.ok(text.includes('interface="a\\"} 1\\n# evil \\\\"} 3\n'));
  });
});
