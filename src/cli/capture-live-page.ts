/** `--http` of `gapcap capture`: the live page and the metrics of a running capture. */

import type { Command } from 'commander';
import { type PublishArguments, sensorName } from './capture-publish.js';
import { jsonOnStderr, type ReportArguments } from './capture-report.js';
import type { CaptureWatcher } from './capture-watchers.js';
import { UsageError } from './usage-error.js';

const largestPort = 65_535;

/** Where the page is to be. */
export interface PageAddress {
  /** Undefined: the loopback interface. */
  readonly host: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
}

/** What commander makes of the options. */
export interface LivePageArguments {
  readonly http?: PageAddress;
  readonly httpAllowHost?: readonly string[];
}

/** Gives a command the options. */
export function addLivePageOptions(command: Command): void {
  command
    .option(
      '--http <[host:]port>',
      'show a live page and /metrics there; loopback unless told otherwise, port 0: any',
      parsePageAddress,
    )
    .option(
      '--http-allow-host <name>',
      'answer to requests under this name too; may be given again',
      (name: string, before: readonly string[] = []) => [...before, parseHostName(name)],
    );
}

/**
 * Reads where the page is to be: `9100`, `localhost:9100`, `192.0.2.1:9100`, `[::1]:9100`.
 *
 * @throws {UsageError} where it is something else
 */
export function parsePageAddress(text: string): PageAddress {
  const match = /^(?:(\[[0-9a-f:.]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > largestPort) {
    throw new UsageError(
      `--http: '${text}' is no port and no address with a port`,
      'Give one such as 9100, 0.0.0.0:9100 (for all who reach this machine) or [::1]:9100.',
    );
  }
  return { host: match[1]?.replace(/^\[(.*)\]$/, '$1'), port };
}

function parseHostName(name: string): string {
  if (/^(?:[\w.-]+|\[?[0-9a-f:.]+\]?)$/i.test(name)) return name;
  throw new UsageError(
    `--http-allow-host: '${name}' is no name of a machine`,
    'Give the name alone, without scheme and port, such as sensor.example.net.',
  );
}

/**
 * Opens the page that was asked for; undefined where none was, and then nothing of it is loaded.
 *
 * @throws {UsageError} where a name is allowed and there is no page
 * @throws {SystemCallError} where it can't listen there
 */
export async function openLivePage(
  given: LivePageArguments &
    Pick<PublishArguments, 'sensor'> &
    ReportArguments & { readonly quiet?: true },
): Promise<CaptureWatcher | undefined> {
  const { http, httpAllowHost } = given;
  if (http === undefined) {
    if (httpAllowHost === undefined) return undefined;
    throw new UsageError('--http-allow-host: there is no page', 'Give --http PORT too.');
  }
  const { LiveWatch, SensorProbe } = await import('../watching.js');
  const sensor = await sensorName(given);
  const watch = await LiveWatch.open({
    host: http.host,
    port: http.port,
    allowedHosts: httpAllowHost,
    onTrouble: ({ message }) => {
      process.stderr.write(`gapcap: ${message} The capture goes on.\n`);
    },
  });
  const probe = new SensorProbe((event) => watch.tell(event), { sensor });
  return {
    onGap: probe.onGap,
    follow: (session) => {
      // With port 0 nobody knows where it is unless told, even with -q.
      const told = jsonOnStderr(given) ? false : given.quiet !== true || http.port === 0;
      if (told) process.stderr.write(`live page: ${watch.url}\n`);
      probe.follow(session);
    },
    close: async (result) => {
      probe.end(result);
      await watch.close();
    },
  };
}
