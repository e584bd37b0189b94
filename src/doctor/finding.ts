/** What is found on a host that bears on losing frames. */

/**
 * How bad it is: `error`: nothing can be captured; `warning`: frames are lost, or will be under load;
 * `note`: frames aren't lost by it, but it is good to know.
 */
export type Severity = 'error' | 'warning' | 'note';

/** One thing found, and what mends it. */
export interface Finding {
  /** Stable identifier, such as `small-receive-ring`. */
  readonly code: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** The interface it is about; undefined where it is about the whole host. */
  readonly interfaceName: string | undefined;
  /** What was found, with the numbers, as a sentence. */
  readonly what: string;
  /** Why frames go missing by it, as a sentence. */
  readonly why: string;
  /** The command that mends it, to be run as root; undefined where no command does. */
  readonly command: string | undefined;
}

/** Everything found, most harmful first. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** The interfaces that were looked at. */
  readonly interfaceNames: readonly string[];
  /** Whether nothing was found that loses frames: no error and no warning. */
  readonly healthy: boolean;
}
