/** `gapcap interfaces`: what can be captured from. */

import type { Command } from 'commander';
import type { SystemInterface, TextColumn } from '../../interfaces.js';
import { writeJson } from '../standard-output.js';

const examples = `
Examples:
  gapcap interfaces                  a table
  gapcap interfaces --json           the same as JSON`;

const columns: readonly TextColumn[] = [
  { heading: 'no', align: 'right' },
  { heading: 'name', align: 'left' },
  { heading: 'state', align: 'left' },
  { heading: 'link type', align: 'left' },
  { heading: 'addresses', align: 'left' },
  { heading: 'description', align: 'left' },
];

/** An interface of the system, or all of them at once, of which hardly anything can be said. */
type ListedInterface = Pick<SystemInterface, 'index' | 'name' | 'linkType' | 'addresses'> & {
  readonly up?: boolean;
  readonly description?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly mtu?: number | undefined;
};

/** Defines the command; see `CommandModule`. */
export function define(command: Command): void {
  command
    .description('Lists the interfaces that can be captured from.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (given: { readonly json?: true }) => {
      const { ANY_INTERFACE, alignColumns, findTarget, linkTypeName, listInterfaces, safeText } =
        await import('../../interfaces.js');
      const all = findTarget(ANY_INTERFACE);
      const interfaces: readonly ListedInterface[] = [
        ...listInterfaces(),
        { ...all, index: all.ifindex, addresses: [] },
      ];
      if (given.json) {
        writeJson(interfaces.map((each) => toJson(each, linkTypeName(each.linkType))));
        return;
      }
      const rows = interfaces.flatMap((each) => toRows(each, linkTypeName(each.linkType)));
      const harmless = rows.map((cells) => cells.map(safeText));
      process.stdout.write(`${alignColumns(columns, harmless).join('\n')}\n`);
    });
}

/** One row for the interface, and one more for each address but the first. */
function toRows(each: ListedInterface, linkTypeName: string): string[][] {
  const [address = '', ...further] = each.addresses;
  return [
    [
      `${each.index}`,
      each.name,
      stateOf(each) ?? '',
      linkTypeName,
      address,
      each.description ?? '',
    ],
    ...further.map((another) => ['', '', '', '', another, '']),
  ];
}

function stateOf({ up }: ListedInterface): 'up' | 'down' | undefined {
  if (up === undefined) return undefined;
  return up ? 'up' : 'down';
}

function toJson(each: ListedInterface, linkTypeName: string): object {
  return {
    number: each.index,
    name: each.name,
    state: stateOf(each) ?? null,
    linkType: each.linkType,
    linkTypeName,
    addresses: each.addresses,
    macAddress: each.macAddress ?? null,
    mtu: each.mtu ?? null,
    description: each.description ?? null,
  };
}
