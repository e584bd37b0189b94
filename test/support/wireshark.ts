/** Wireshark's command-line tools as oracles that share no code with gapcap. */

import { spawnSync } from 'node:child_process';

/**
 * Why a tool can't be run; false where it can. Where live tests are demanded (GAPCAP_REQUIRE_LIVE=1)
 * it throws instead, so that the run fails.
 */
export function toolMissing(tool: 'tshark' | 'capinfos'): string | false {
  if (spawnSync(tool, ['--version']).status === 0) return false;
  const { GAPCAP_REQUIRE_LIVE: required } = process.env;
  if (required === '1') throw new Error(`GAPCAP_REQUIRE_LIVE is set, but ${tool} can't be run`);
  return `${tool} is not installed`;
}

/** What a tool writes to its standard output; throws where it fails. */
export function runTool(tool: 'tshark' | 'capinfos', ...args: readonly string[]): string {
  const result = spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) {
    throw new Error(`${tool} ${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
  }
  return result.stdout;
}

/** The fields of each frame as tshark prints them; an absent one is the empty string. */
export function tsharkFields<Name extends string>(
  path: string,
  names: readonly Name[],
): Record<Name, string>[] {
  const wanted = names.flatMap((name) => ['-e', name]);
  const output = runTool(
    'tshark',
    ...['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|'],
    ...wanted,
  );
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) as Record<
        Name,
        string
      >;
    });
}
