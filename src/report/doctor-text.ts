/** The text of `gapcap doctor`: what was found, why it matters, what mends it. */

import type { Diagnosis, Finding } from '../doctor/finding.js';
import { formatCounted } from './number-text.js';
import { safeText } from './safe-text.js';
import { plainStyle, type TextStyle } from './text-style.js';

/**
 * A diagnosis as text, one paragraph for each finding.
 *
 *     warning: The receive ring of eth0 holds 256 frames of 4096 possible.
 *       A burst longer than the ring is lost in the card when the host is busy for a moment.
 *       # ethtool -G eth0 rx 4096
 *
 * @returns lines separated by `\n`, none at the end
 */
export function doctorText(diagnosis: Diagnosis, style: TextStyle = plainStyle): string {
  const { findings } = diagnosis;
  const paragraphs = findings.map((finding) => paragraph(finding, style));
  return [...paragraphs, verdict(diagnosis)].join('\n\n');
}

function paragraph(finding: Finding, style: TextStyle): string {
  const { severity, what, why, command } = finding;
  const label = severity === 'note' ? style.faint(severity) : style.warning(severity);
  const lines = [`${label}: ${safeText(what)}`, `  ${safeText(why)}`];
  if (command !== undefined) lines.push(`  # ${safeText(command)}`);
  return lines.join('\n');
}

function verdict({ findings, interfaceNames, healthy }: Diagnosis): string {
  const where =
    interfaceNames.length === 0 ? 'no interface is up' : safeText(interfaceNames.join(', '));
  if (healthy) return `Nothing found that loses frames (${where}).`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const parts = [
    ...(errors > 0 ? [formatCounted(errors, 'error')] : []),
    ...(warnings > 0 ? [formatCounted(warnings, 'warning')] : []),
  ];
  return `${parts.join(' and ')} (${where}). Commands after # are for root; settings of the kernel last until the next start.`;
}
