/** Conversations followed: their segments' facts and both ends' inferred states. */
export { Analysis, type AnalysisOptions, type Passage } from './analysis.ts';
export { type Conversation, type EndCount, type Ending, endpointText } from './conversation.ts';
export type { FrameFacts, InferredState, Kind, Pair } from './facts.ts';
export type { EndSpace } from './send-space.ts';
