/** The JSON of `gapcap doctor --json`. */

import type { Diagnosis } from '../doctor/finding.js';

/** A diagnosis as JSON; see docs/cli.md. */
export interface DoctorJson {
  readonly healthy: boolean;
  readonly interfaces: readonly string[];
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    /** null: the host as a whole. */
    readonly interface: string | null;
    readonly what: string;
    readonly why: string;
    /** null: no command mends it. */
    readonly command: string | null;
  }[];
}

/** Turns a diagnosis into JSON. */
export function toDoctorJson(diagnosis: Diagnosis): DoctorJson {
  return {
    healthy: diagnosis.healthy,
    interfaces: diagnosis.interfaceNames,
    findings: diagnosis.findings.map(({ interfaceName, command, ...finding }) => ({
      code: finding.code,
      severity: finding.severity,
      interface: interfaceName ?? null,
      what: finding.what,
      why: finding.why,
      command: command ?? null,
    })),
  };
}
