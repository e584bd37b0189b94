/**
 * What an extcap program prints about itself: interfaces, link types, the dialog, the toolbar
 * (Wireshark's manual page extcap(4), doc/extcap_example.py).
 */

import type { SystemInterface } from '../index.js';

/** What Wireshark knows an interface by is this and its name, so that it isn't its own `eth0`. */
const VALUE_PREFIX = 'gapcap-';

/** The toolbar's controls by their numbers. */
export const ToolbarControl = {
  /** A line of text: frames lost so far. */
  Lost: 0,
  /** A button that opens a log: one line a gap. */
  Gaps: 1,
} as const;

/**
 * The name of the interface that Wireshark means.
 *
 * @param value as `interfaceLines` gave it; a bare name is taken too
 */
export function interfaceNameOf(value: string): string {
  return value.startsWith(VALUE_PREFIX) ? value.slice(VALUE_PREFIX.length) : value;
}

/**
 * The answer to `--extcap-interfaces`: this program, its interfaces, its toolbar.
 *
 * Interfaces that are down are left out, as nothing can be captured from them; so are names that the
 * grammar has no words for.
 *
 * @param version of gapcap
 */
export function interfaceLines(
  interfaces: readonly SystemInterface[],
  anyName: string,
  version: string,
): string[] {
  const sayable = interfaces.filter(({ up, name }) => up && !/[{}]/.test(name));
  const names = [...sayable.map(({ name }) => name), ...(sayable.length > 0 ? [anyName] : [])];
  return [
    `extcap {version=${version}}{display=gapcap: captures and says which frames are missing}`,
    ...names.map((name) => `interface {value=${VALUE_PREFIX}${name}}{display=${name} (gapcap)}`),
    `control {number=${ToolbarControl.Lost}}{type=string}{display=Lost so far}{tooltip=Frames lost because this capture's buffer was full}`,
    `control {number=${ToolbarControl.Gaps}}{type=button}{role=logger}{display=Gaps}{tooltip=Lists where frames are missing}`,
  ];
}

/**
 * The answer to `--extcap-dlts`: the one link type of the frames of an interface.
 *
 * @param linkType LINKTYPE_ number
 * @param name the link type's short name
 */
export function linkTypeLine(linkType: number, name: string): string {
  return `dlt {number=${toDlt(linkType)}}{name=${name}}{display=${displayNames.get(linkType) ?? name}}`;
}

/** LINKTYPE_RAW is 101 in files, DLT_RAW 12 in programs on Linux; the others are equal. */
function toDlt(linkType: number): number {
  return linkType === 101 ? 12 : linkType;
}

const displayNames: ReadonlyMap<number, string> = new Map([
  [1, 'Ethernet'],
  [101, 'Raw IP'],
  [276, 'Linux cooked-mode capture v2'],
]);

/** The answer to `--extcap-config`: the dialog. Wireshark has a field of its own for the filter. */
export function dialogLines(): string[] {
  return [
    'arg {number=0}{call=--snapshot-length}{display=Bytes kept of a frame}{tooltip=Longer frames are cut; 0 is no limit}{type=integer}{range=0,262144}{default=262144}',
    'arg {number=1}{call=--buffer-size}{display=Buffer (MiB)}{tooltip=Frames wait here until they are read; a larger one loses less}{type=integer}{range=1,2047}{default=64}',
    'arg {number=2}{call=--engine}{display=Engine}{tooltip=How frames come from the kernel}{type=selector}{default=ring}',
    'value {arg=2}{value=ring}{display=ring (fast)}{default=true}',
    'value {arg=2}{value=socket}{display=socket (slower, counts drops frame by frame)}{default=false}',
    'arg {number=3}{call=--promiscuous}{display=Promiscuous mode}{tooltip=Asks the interface for frames that are not meant for this host too}{type=boolean}{default=true}',
  ];
}
