/**
 * The part of the public interface that looks at the host: the same exports as in `index.ts`, without
 * anything that captures.
 */

export { type DiagnosisOptions, diagnose } from './doctor/diagnose.js';
export type { Diagnosis, Finding, Severity } from './doctor/finding.js';
export { type DoctorJson, toDoctorJson } from './report/doctor-json.js';
export { doctorText } from './report/doctor-text.js';
export { DEFAULT_BUFFER_SIZE_BYTES } from './source/live-defaults.js';
export type { CgroupLimits } from './sys/cgroup.js';
export type { DriverSettings } from './sys/ethtool.js';
export { type HostFacts, readHostFacts, type SoftnetFacts } from './sys/host-facts.js';
export type { HostPaths } from './sys/host-files.js';
export type { HostInterfaceFacts } from './sys/interface-facts.js';
