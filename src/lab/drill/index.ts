/** Scripts in packetdrill's notation, against a host on virtual time. */
export { FIRST_PEER_PORT } from './conversations.ts';
export { NOT_YET } from './defaults.ts';
export { Engine, type EngineOptions, Failure } from './engine.ts';
export { decode, type SeenPacket } from './packet.ts';
export { parseScript } from './parser.ts';
export { reportLines, summaryLines } from './report.ts';
export { type DrillOptions, type DrillProblem, type DrillResult, runScript } from './run.ts';
export { ScriptError } from './script-error.ts';
export { FLAGS_LEFT_OUT, problemOf, type SettingOption, VALUES_LEFT_OUT } from './settings.ts';
export type { CallResult, OngoingCall, Pass, Stage } from './stage.ts';
export type { Script } from './syntax.ts';
export { Unsupported } from './unsupported.ts';
