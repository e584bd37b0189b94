/** What gapcap info says, held against capinfos, for every number that capinfos has. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readFileFacts } from '../../src/analysis/file-facts.js';
import { type InfoJson, toInfoJson } from '../../src/report/info-json.js';
import { hashFile } from '../../src/source/file-hash.js';
import {
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { corpusFiles } from '../support/pcapng-corpus.js';
import { runTool, toolMissing } from '../support/wireshark.js';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-info-'));
});
after(() => rmSync(folder, { recursive: true }));

/** capinfos's lines by label; those of interface n as `#n label`. Times as seconds. */
function capinfos(path: string): Map<string, string> {
  const result = spawnSync('capinfos', ['-M', '-S', path], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
  const found = new Map<string, string>();
  let prefix = '';
  for (const line of result.stdout.split('\n')) {
    const heading = /^Interface #(\d+) info:/.exec(line);
    if (heading !== null) prefix = `#${heading[1]} `;
    const [label, value] = line.split(/ = |:\s+/, 2);
    if (value !== undefined) found.set(prefix + label!.trim(), value.trim());
  }
  return found;
}

function checkNumber(
  told: Map<string, string>,
  label: string,
  actual: number | string | null,
  tolerance = 0,
): void {
  const text = told.get(label);
  if (text === undefined || text === 'n/a') return;
  const expected = Number.parseFloat(text);
  assert.ok(
    Math.abs(Number(actual) - expected) <= tolerance,
    `${label}: capinfos says ${text}, gapcap ${actual}`,
  );
}

/** capinfos divides by the difference of two floating-point numbers of seconds since 1970. */
function checkRate(
  told: Map<string, string>,
  label: string,
  actual: number | null,
  info: InfoJson,
): void {
  const errorSeconds = 3e-7;
  checkNumber(told, label, actual, 0.01 + (Number(actual) * errorSeconds) / Number(info.duration));
}

/** capinfos prints texts as they are, so only their first lines can be told from its labels. */
function firstLine(text: string | null): string | null {
  return text === null ? null : text.split(/\r?\n/)[0]!;
}

/** The link types of the files here, by capinfos's names. */
const LINK_TYPES = new Map([
  ['Ethernet', 1],
  ['NULL/Loopback', 0],
]);

function check(path: string, info: InfoJson): void {
  const told = capinfos(path);
  assert.equal(told.get('Number of packets'), `${info.frames}`);
  checkNumber(told, 'File size', info.fileBytes);
  checkNumber(told, 'Data size', info.bytes);
  checkNumber(told, 'Average packet size', info.averageFrameBytes, 0.005);
  const [section] = info.sections;
  if (section !== undefined) {
    assert.equal(told.get('Capture hardware') ?? null, firstLine(section.hardware));
    assert.equal(told.get('Capture oper-sys') ?? null, firstLine(section.os));
    assert.equal(told.get('Capture application') ?? null, firstLine(section.application));
    const { comments } = section;
    if (comments.length > 0) assert.equal(told.get('Capture comment'), comments.at(-1));
  }
  if (info.timelessFrames === 0) {
    // capinfos gives its times as decimal numbers of the file's precision.
    checkNumber(told, 'First packet time', info.first, 1e-6);
    checkNumber(told, 'Last packet time', info.last, 1e-6);
    checkNumber(told, 'Capture duration', info.duration, 1e-6);
    checkRate(told, 'Data byte rate', info.bytesPerSecond, info);
    checkRate(told, 'Data bit rate', info.bitsPerSecond, info);
    checkRate(told, 'Average packet rate', info.framesPerSecond, info);
  }
  const order = { true: 'True', false: 'False', null: 'Unknown' }[`${info.timeOrdered}`];
  if (info.frames > 0) assert.equal(told.get('Strict time order'), order);
  if (info.format === 'pcapng') {
    assert.equal(told.get('Number of interfaces in file'), `${info.interfaces.length}`);
  }
  for (const one of info.interfaces) {
    const of = (label: string): string | undefined => told.get(`#${one.id} ${label}`);
    if (of('Number of packets') === undefined) continue;
    assert.equal(of('Capture length'), `${one.snapshotLength}`);
    assert.equal(of('Name') ?? null, firstLine(one.name));
    assert.equal(of('Description') ?? null, firstLine(one.description));
    assert.equal(of('Hardware') ?? null, firstLine(one.hardware));
    assert.equal(of('Operating system') ?? null, firstLine(one.os));
    assert.equal(LINK_TYPES.get(of('Encapsulation')!.replace(/ \(.*/, '')), one.linkType);
    assert.equal(of('Time ticks per second'), `${one.timestampUnitsPerSecond}`);
    const resolution = of('Time resolution'); // shown only where the file states it
    if (resolution !== undefined) assert.equal(Number(resolution), one.timestampResolution);
    // Wireshark 4.0 books what later sections hold on the first section's interfaces.
    if (info.sections.length < 2) {
      assert.equal(of('Number of packets'), `${one.frames}`);
      assert.equal(of('Number of stat entries'), `${one.statisticsCount}`);
    }
  }
  for (const name of ['sha256', 'ripemd160', 'sha1']) {
    const hash = told.get(name.toUpperCase());
    if (hash !== undefined && info.hashes?.[name] !== undefined) {
      assert.equal(info.hashes[name], hash);
    }
  }
}

describe('gapcap info', { skip: toolMissing('capinfos') }, () => {
  for (const { name, path, blockCounts } of corpusFiles()) {
    it(`says what capinfos says of ${name}`, () => {
      const info = toInfoJson(readFileFacts(path), hashFile(path));
      const { IDB = 0, EPB = 0, SPB = 0 } = blockCounts;
      assert.equal(info.frames, EPB + SPB);
      // Wireshark shows no interfaces of a section that has no frames, and can't read SPBs alone.
      if (IDB > 0) check(path, info);
    });
  }

  const packets = Array.from({ length: 1000 }, (_, i) =>
    enhancedPacket(
      'little',
      i % 2,
      1_795_355_060_000_000n + BigInt(i * 777),
      new Uint8Array(60 + (i % 40)),
    ),
  );
  const file = concat(
    sectionHeader('little', option('little', 4, 'app'), END_OF_OPTIONS),
    interfaceDescription('little', 262_144, option('little', 2, 'eth0'), END_OF_OPTIONS),
    interfaceDescription('little', 96, option('little', 2, 'eth1'), END_OF_OPTIONS),
    ...packets,
  );

  it('says what capinfos says of a file of two interfaces, of the same compressed, and as pcap', () => {
    const path = join(folder, 'two.pcapng');
    writeFileSync(path, file);
    check(path, toInfoJson(readFileFacts(path), hashFile(path)));
    writeFileSync(`${path}.gz`, gzipSync(file));
    check(`${path}.gz`, toInfoJson(readFileFacts(`${path}.gz`), hashFile(`${path}.gz`)));
    for (const format of ['pcap', 'nsecpcap']) {
      const converted = join(folder, format);
      const edited = spawnSync('editcap', ['-F', format, path, converted]);
      assert.equal(edited.status, 0, `${edited.stderr}`);
      check(converted, toInfoJson(readFileFacts(converted), hashFile(converted)));
    }
  });

  it('finds frames out of order as capinfos does', () => {
    const path = join(folder, 'unordered.pcapng');
    const [first = file, second = file] = packets;
    writeFileSync(
      path,
      concat(
        sectionHeader('little'),
        interfaceDescription('little'),
        interfaceDescription('little'),
        ...[second, first, second],
      ),
    );
    const info = toInfoJson(readFileFacts(path));
    assert.equal(info.unorderedFrames, 1);
    check(path, info);
    assert.match(runTool('capinfos', '-o', path), /False/);
  });
});
