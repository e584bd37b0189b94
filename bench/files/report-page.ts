/**
 * What a report's page costs: making it of a large file, and opening it in headless Chromium.
 *
 * Run: `npm run build && npm run build:test && node .test-build/bench/files/report-page.js [--frames N]
 * [--json FILE]`. docs/report.md has the table.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../../test/support/browser.js';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import { writeTrafficFile } from '../../test/support/traffic-file.js';
import { fileSystemOf, freeBytesOf, machineFacts } from '../live/machine-facts.js';

const GAPCAP = join(PROJECT_ROOT, 'dist/cli/main.js');
/** Prints, when the command is done, what it used: CPU time in ms, most memory in KiB. */
const TELL_USAGE =
  "process.on('exit',()=>{const u=process.resourceUsage();require('fs').writeSync(2,'usage '+(u.userCPUTime+u.systemCPUTime)/1000+' '+u.maxRSS+'\\n')})";
/** Milliseconds since the page was asked for, when what it drew first has been shown. */
const DRAWN = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done({ ms: performance.now(), canvases: document.querySelectorAll('canvas').length }))))`;

/** What a frame of the file takes, and some more. */
const BYTES_A_FRAME = 1100;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

interface Made {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
}

function make(file: string, page: string, preload: string): Made {
  const args = ['-r', preload, GAPCAP, 'report', file, '-o', page];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const wallMs = performance.now() - start;
  assert.equal(status, 0, stderr);
  const [, cpuMs, kib] = /usage ([\d.]+) (\d+)/.exec(stderr)!;
  return { wallMs, cpuMs: Number(cpuMs), memoryMiB: Number(kib) / 1024 };
}

async function open(path: string): Promise<number> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(path).href);
    const { ms, canvases } = (await page.evaluate(DRAWN)) as { ms: number; canvases: number };
    assert.ok(canvases >= 2, `${canvases} plots`);
    return ms;
  } finally {
    await browser.close();
  }
}

const frames = Number(values.frames);
const rounds = Number(values.rounds);
const parent = freeBytesOf('/dev/shm') > frames * BYTES_A_FRAME ? '/dev/shm' : tmpdir();
const folder = mkdtempSync(join(parent, 'gapcap-bench-'));
try {
  const [file, page] = [join(folder, 'x.pcapng'), join(folder, 'x.html')];
  const preload = join(folder, 'usage.cjs');
  writeFileSync(preload, TELL_USAGE);
  const { gaps } = writeTrafficFile(file, { frames });
  const machine = machineFacts();
  const date = new Date().toISOString();
  const fileBytes = statSync(file).size;
  const making = Array.from({ length: rounds }, () => make(file, page, preload));
  rmSync(file);
  const drawnMs: number[] = [];
  for (let round = 0; round < rounds; round++) drawnMs.push(await open(page));
  const pageBytes = statSync(page).size;
  const result = { frames, gaps, fileBytes, fileSystem: fileSystemOf(folder), pageBytes };
  const facts = { date, machine, ...result, making, drawnMs };
  process.stdout.write(`${JSON.stringify(facts, undefined, 1)}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(facts)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
