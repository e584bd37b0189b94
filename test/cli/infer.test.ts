import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import type { InferenceJson } from '../../src/report/infer-json.js';
import { batchOn } from '../support/frame-list-source.js';
import { TcpScript } from '../support/tcp-script.js';
import { runGapcap } from './gapcap-process.js';

describe('gapcap infer', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
    file = join(folder, 'x.pcapng');
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(2920)
      .client({ length: 100, lost: 40 })
      .server();
    const fd = openSync(file, 'w');
    const encoder = new BlockEncoder({
      write: (bytes) => assert.equal(writeSync(fd, bytes), bytes.length),
    });
    encoder.sectionHeader({ application: 'gapcap' });
    encoder.interfaceDescription({
      id: 0,
      name: 'eth0',
      linkType: 1,
      snapshotLength: 0,
      description: undefined,
      filter: undefined,
      speedBps: undefined,
      macAddress: undefined,
    });
    for (const frame of script.frames) encoder.frame(batchOn(frame));
    encoder.flush();
    closeSync(fd);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says what the capture lost, and in which recorded gap', async () => {
    const run = await runGapcap(['infer', file]);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /2,920 bytes in at least 2 segments lost to the capture/);
    assert.match(run.stdout, /40 frames lost between frames 4 and 5 .*at least 2 of them were TCP/);
  });

  it('prints one line of JSON a file', async () => {
    const run = await runGapcap(['infer', '--json', file, file]);
    assert.equal(run.status, 0, run.stderr);
    const lines = run.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    const json = JSON.parse(lines[0]!) as InferenceJson;
    assert.equal(json.file, file);
    assert.equal(json.losses[0]!.certainty, 'inferred');
    assert.equal(json.agreement.inOneGap.segments, 2);
  });

  it('lists no flow where none is asked for, and refuses a limit that is no number', async () => {
    const none = await runGapcap(['infer', '--flows', '0', file]);
    assert.match(none.stdout, /1 more flow \(use --flows N or --json\)/);
    const refused = await runGapcap(['infer', '--max-flows', '0', file]);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /--max-flows/);
  });

  it('goes on with the next file after one that it cannot read', async () => {
    const run = await runGapcap(['infer', join(folder, 'none.pcapng'), file]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /none\.pcapng/);
    assert.match(run.stdout, /lost to the capture/);
  });
});
