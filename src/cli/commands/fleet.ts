/** `gapcap fleet`: all sensors that publish, who is losing frames, where, and since when. */

import type { Command } from 'commander';
import { addLivePageOptions, type LivePageArguments } from '../capture-live-page.js';
import { ExitStatus } from '../exit-status.js';
import { onInterrupt } from '../interrupt.js';
import { addNatsOptions, type NatsArguments, natsAddressOf } from '../nats-options.js';
import { DurationUnit, parseDuration } from '../quantity.js';
import { onReaderLeft, writeJson } from '../standard-output.js';
import { lossInRed, showsColour } from '../terminal-style.js';
import { UsageError } from '../usage-error.js';

const examples = `
On a terminal the table is kept up to date until Ctrl-C; elsewhere it is printed
once. Sensors publish with: gapcap capture -i eth0 -w x.pcapng --publish URL

Examples:
  gapcap fleet nats://nats.example.net
  gapcap fleet nats://localhost --http 9100    page and /metrics of all sensors
  gapcap fleet nats://localhost --json         the state, once, for scripts
  gapcap fleet nats://localhost --follow       each event, a line of JSON each
  gapcap fleet tls://nats.example.net --nats-creds watch.creds`;

const redrawMs = 1_000;
// Bytes, since texts pass a gate that takes such sequences out.
const toTopLeft = Buffer.from('\x1b[H');
const eraseBelow = Buffer.from('\x1b[J');
const eraseRest = '\x1b[K';

interface FleetArguments extends NatsArguments, LivePageArguments {
  readonly json?: true;
  readonly follow?: true;
  readonly once?: true;
  readonly lookBack?: number;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Shows all sensors that publish to a NATS server: who loses frames, since when.')
    .usage('URL [options]')
    .argument('<URL>', 'nats://HOST[:PORT] or tls://HOST[:PORT]')
    .option('--once', 'print the table once, on a terminal too')
    .option('--json', 'print the state as JSON, once')
    .option('--follow', 'print each event as it comes, a line of JSON each')
    .option(
      '--look-back <time>',
      'how far back to look for rates, plots and gaps (10m)',
      (text: string) => parseDuration(text, '--look-back', DurationUnit.Second),
    );
  addLivePageOptions(command);
  addNatsOptions(command);
  command
    .addHelpText('after', examples)
    .action(async (url: string, given: FleetArguments) => finish(await watchFleet(url, given)));
}

async function watchFleet(url: string, given: FleetArguments): Promise<ExitStatus> {
  const { FleetWatch } = await import('../../sensors.js');
  refuseContradictions(given);
  const address = await natsAddressOf(url, given);
  const page = await openPage(given);
  const { safeText } = await import('../../files.js');
  const isLive = showsLive(given);
  const watch = await FleetWatch.open({
    address,
    lookBackMs: given.lookBack,
    onEvent: (event) => {
      if (given.follow === true) writeJson(event);
    },
    onChange: (event) => page?.tell(event),
    onNews: (news) => {
      // The table has it in a line of its own.
      if (!isLive) process.stderr.write(`gapcap: ${safeText(news)}\n`);
    },
  });
  try {
    if (given.json === true) await printJson(watch);
    else if (isLive || given.follow === true || page !== undefined)
      await untilStopped(watch, isLive);
    else await printTable(watch);
  } finally {
    await watch.close();
    await page?.close();
  }
  return ExitStatus.Done;
}

type Watch = Awaited<ReturnType<typeof import('../../sensors.js')['FleetWatch']['open']>>;

function refuseContradictions({ json, follow, once, http, httpAllowHost }: FleetArguments): void {
  const said = [
    ...(json === true ? ['--json'] : []),
    ...(follow === true ? ['--follow'] : []),
    ...(once === true ? ['--once'] : []),
  ];
  if (said.length > 1) {
    throw new UsageError(`${said.join(' and ')} contradict each other`, 'Give one of them.');
  }
  if (http !== undefined && (json === true || once === true)) {
    throw new UsageError(`--http and ${said[0]} contradict each other`, 'Give one of them.');
  }
  if (http === undefined && httpAllowHost !== undefined) {
    throw new UsageError('--http-allow-host: there is no page', 'Give --http PORT too.');
  }
}

function showsLive({ json, follow, once }: FleetArguments): boolean {
  return process.stdout.isTTY === true && json !== true && follow !== true && once !== true;
}

/** The page of all sensors, the same that a capture has for itself. */
async function openPage(
  given: FleetArguments,
): Promise<
  Awaited<ReturnType<typeof import('../../watching.js')['LiveWatch']['open']>> | undefined
> {
  if (given.http === undefined) return undefined;
  const { LiveWatch } = await import('../../watching.js');
  const page = await LiveWatch.open({
    host: given.http.host,
    port: given.http.port,
    allowedHosts: given.httpAllowHost,
    labelSensors: true,
    onTrouble: ({ message }) => process.stderr.write(`gapcap: ${message}\n`),
  });
  process.stderr.write(`live page: ${page.url}\n`);
  return page;
}

async function printJson(watch: Watch): Promise<void> {
  const { toFleetJson } = await import('../../sensors.js');
  const nowMs = watch.serverMs;
  writeJson(toFleetJson(watch.state.picture(nowMs), nowMs, watch.state.sensors.leftOut));
}

async function printTable(watch: Watch): Promise<void> {
  process.stdout.write(`${await tableOf(watch)}\n`);
}

async function tableOf(watch: Watch, isLive = false): Promise<string> {
  const { fleetText } = await import('../../sensors.js');
  const { plainStyle } = await import('../../files.js');
  const nowMs = watch.serverMs;
  const style = showsColour(process.stdout, process.env) ? lossInRed : plainStyle;
  // A terminal that doesn't know its size says 0. The last line stays free, for what the user types.
  const { columns = 0, rows = 0 } = process.stdout;
  const size = {
    columns: isLive && columns > 0 ? columns : undefined,
    lines: isLive && rows > 0 ? rows - 1 : undefined,
  };
  const { isAway, state } = watch;
  const { leftOut } = state.sensors;
  return fleetText(state.picture(nowMs), { style, nowMs, isAway, leftOut, ...size });
}

async function untilStopped(watch: Watch, isLive: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<void>((resolve) => {
    const end = (): void => resolve();
    onInterrupt({ first: end, second: end, further: (code) => process.exit(code) });
    onReaderLeft(end);
  });
  const draw = async (): Promise<void> => {
    const table = await tableOf(watch, true);
    process.stdout.write(toTopLeft);
    process.stdout.write(`${table.replaceAll('\n', `${eraseRest}\n`)}${eraseRest}\n`);
    process.stdout.write(eraseBelow);
  };
  if (isLive) {
    await draw();
    timer = setInterval(() => void draw(), redrawMs);
  } else {
    // Something has to keep the process going while only the page shows the fleet.
    timer = setInterval(() => {}, redrawMs);
  }
  await stopped;
  clearInterval(timer);
}
