/** The archive of captures of real interfaces: the queries of docs/archive.md, run by DuckDB. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runGapcap } from '../cli/gapcap-process.js';
import { askDuck, type DuckRow } from '../support/duck.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { send, startProgram } from '../support/tap-path.js';
import { type CaptureJson, CaptureRun } from './capture-run.js';
import { floodWithCertainLoss } from './certain-loss.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-archive-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The queries of the page, in its order, by the paragraph's first words. */
function queriesOfPage(): Map<string, string> {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/archive.md'), 'utf8');
  const found = page.matchAll(/\n\n([^\n]+)(?:\n[^\n]+)*\n\n```sql\n([\s\S]*?)```/g);
  return new Map(
    [...found].map(([, words, sql]) => [
      words!.split(/[.,:]/)[0]!,
      sql!.replaceAll("'archive/", `'${folder}/archive/`),
    ]),
  );
}

const queries = queriesOfPage();
const asked = new Set<string>();

async function ask(words: string): Promise<DuckRow[]> {
  const sql = queries.get(words);
  assert.ok(sql !== undefined, `docs/archive.md has no query "${words}": ${[...queries.keys()]}`);
  asked.add(words);
  return askDuck(sql);
}

/** A flood of numbered frames into a small ring that isn't read for a while. */
async function captureFlood(file: string): Promise<CaptureJson> {
  using network = new TestNetwork();
  const run = await CaptureRun.start(network, ['-w', file, '--json', '-B', '1M']);
  await floodWithCertainLoss(network, {
    stopped: [run],
    framesEach: 30_000,
    ratePps: 150_000,
    stops: 2,
  });
  const { stdout, status, stderr } = await run.end();
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as CaptureJson;
}

/** Real TCP over six connections, seen by a socket with little room. */
async function captureTcp(file: string): Promise<CaptureJson> {
  using network = new TestNetwork({ namespaces: 2 });
  for (const [end, address] of [
    [network.sender, '10.78.0.1/24'],
    [network.receiver, '10.78.0.2/24'],
  ] as const) {
    network.exec(end, 'ip', 'address', 'add', address, 'dev', end.interfaceName);
    network.exec(end, 'ip', 'link', 'set', 'dev', end.interfaceName, 'arp', 'on');
  }
  const options = ['--engine', 'socket', '-B', '64k', '-f', 'tcp'];
  const run = await CaptureRun.start(network, ['-w', file, '--json', ...options]);
  const server = await startProgram(network, 'receiver', 'tcp-traffic-main.js', ['serve', '8078']);
  const exchange = (): Promise<void> => send(network, ['10.78.0.2', '8078', '6', '4000000']);
  await exchange();
  await run.stopDuring(exchange);
  await exchange();
  server.kill();
  const { stdout, status, stderr } = await run.end();
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as CaptureJson;
}

describe('an archive of captures', { skip: liveSkip() }, () => {
  let flood: CaptureJson;
  let tcp: CaptureJson;
  before(async () => {
    const [first, second] = [join(folder, 'flood.pcapng'), join(folder, 'tcp.pcapng')];
    flood = await captureFlood(first);
    tcp = await captureTcp(second);
    assert.ok(flood.lost > 0 && tcp.lost > 0, 'both captures lost frames');
    const archive = join(folder, 'archive');
    for (const [sensor, file] of [
      ['edge1', first],
      ['edge2', second],
    ] as const) {
      const { status, stderr } = await runGapcap([
        ...['export', '--quiet', '--parquet', archive, '--sensor', sensor, file],
      ]);
      assert.equal(status, 0, stderr);
    }
  });

  it('adds up to what the captures said of themselves, sensor by sensor', async () => {
    const minutes = await ask('Loss for each sensor and minute');
    for (const [sensor, json] of [
      ['edge1', flood],
      ['edge2', tcp],
    ] as const) {
      const own = minutes.filter((row) => row['sensor'] === sensor);
      const sum = (name: string) => own.reduce((total, row) => total + Number(row[name]), 0);
      assert.equal(sum('frames'), json.frames);
      assert.equal(sum('lost'), json.lost);
      assert.equal(sum('frames') + sum('lost'), json.interfaces[0]!.received);
    }
  });

  it('lists the worst gaps as they were recorded', async () => {
    const worst = await ask('The worst gaps');
    const all = [...flood.gaps, ...tcp.gaps].sort((a, b) => b.lost - a.lost).slice(0, 20);
    assert.deepEqual(
      worst.map(({ lost }) => Number(lost)),
      all.map(({ lost }) => lost),
    );
    const first = all.find((gap) => gap.lost === all[0]!.lost)!;
    assert.ok(
      worst.some(({ after_frame }) => Number(after_frame) === first.after),
      JSON.stringify(worst[0], (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    );
  });

  it('names the flows around the gaps', async () => {
    const flows = await ask('Flows hit by gaps');
    assert.ok(flows.length > 0);
    for (const row of flows) {
      assert.equal(row['sensor'], 'edge2');
      assert.ok([row['source_port'], row['destination_port']].includes(8078));
      assert.ok(['10.78.0.1', '10.78.0.2'].includes(row['source'] as string));
      assert.ok(Number(row['gaps']) <= tcp.gaps.length);
    }
  });

  it('holds loss against rate', async () => {
    const rates = await ask('Loss against rate');
    const own = rates.filter((row) => row['sensor'] === 'edge1');
    const lossy = own.reduce((sum, row) => sum + Number(row['tenths_with_loss']), 0);
    assert.ok(lossy > 0 && lossy <= flood.gaps.length);
  });

  it('finds nothing to distrust in whole captures', async () => {
    assert.deepEqual(await ask('What can’t be trusted'.replace('’', "'")), []);
  });

  it('counts the frames of two sensors side by side', async () => {
    const seconds = await ask('One sensor against another over the same traffic');
    const sum = (name: string) => seconds.reduce((total, row) => total + Number(row[name]), 0);
    assert.equal(sum('edge1'), flood.frames);
    assert.equal(sum('edge2'), tcp.frames);
  });

  it('has asked every query of the page', () => {
    assert.deepEqual([...asked], [...queries.keys()]);
  });
});
