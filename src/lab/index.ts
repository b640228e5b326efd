/** `tcplab/lab`: experiments on both halves: hosts on links, recorded, and what the watching half makes of the recording; scripts in packetdrill's notation. */
export {
  AUDITED,
  Audit,
  type Audited,
  type AuditOptions,
  type AuditReport,
  auditText,
  type Difference,
  type Tally,
} from './audit/index.ts';
export { type DrillOptions, type DrillResult, runScript } from './drill/index.ts';
export { CLIENT, type ExperimentOptions, MESSAGE, runExperiment, SERVER } from './experiment.ts';
export { type RecordedFrame, Recorder, type RecorderOptions } from './recorder.ts';
export { tell } from './story.ts';
