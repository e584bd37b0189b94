/** Facts of a host → what makes frames go missing there, most harmful first. */

import { SystemCallError } from '../core/errors.js';
import type { HostFacts } from '../sys/host-facts.js';
import type { Diagnosis, Finding, Severity } from './finding.js';
import { findHostFaults } from './host-rules.js';
import { findInterfaceFaults } from './interface-rules.js';

/** What to look at. */
export interface DiagnosisOptions {
  /** The interface to be captured from; all that are up, but loopback, unless given. */
  readonly interfaceName?: string | undefined;
  /** The ring or queue that a capture is going to ask for, in bytes. */
  readonly bufferSizeBytes: number;
}

const ENODEV = 19;

const HARM: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Of findings that are equally bad, those come first where frames have been lost already. */
const ALREADY_LOST: ReadonlySet<string> = new Set([
  'lost-in-card',
  'lost-in-queues',
  'backlog-overflow',
]);

/**
 * Judges a host.
 *
 * @throws {SystemCallError} `ENODEV` for an interface that isn't there
 */
export function diagnose(facts: HostFacts, options: DiagnosisOptions): Diagnosis {
  const { interfaceName } = options;
  const chosen = facts.interfaces.filter(({ name, up, loopback }) =>
    interfaceName === undefined ? up && !loopback : name === interfaceName,
  );
  if (interfaceName !== undefined && chosen.length === 0) {
    throw new SystemCallError('ENODEV', `There is no interface '${interfaceName}'.`, {
      syscall: 'RTM_GETLINK',
      errno: ENODEV,
      hint: `There are: ${facts.interfaces.map(({ name }) => name).join(', ')}.`,
    });
  }
  const findings = [
    ...findHostFaults(facts, options.bufferSizeBytes),
    ...chosen.flatMap((one) => findInterfaceFaults(one, facts.cpuCount)),
  ].sort((a, b) => rank(a) - rank(b));
  return {
    findings,
    interfaceNames: chosen.map(({ name }) => name),
    healthy: findings.every(({ severity }) => severity === 'note'),
  };
}

/** Sorting is stable: within a rank the rules' own order stays. */
function rank({ severity, code }: Finding): number {
  return 2 * HARM[severity] + (ALREADY_LOST.has(code) ? 0 : 1);
}
