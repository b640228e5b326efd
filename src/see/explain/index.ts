/** Plain sentences for segments and conversations, each with the RFC section behind it. */
export { type Explanation, explainFrame, summarize } from './explain.ts';
export { RULES, type Rule } from './rules.ts';
export { citation, SECTIONS, type Section } from './section.ts';
export { explainDatagram, UDP_LESSON } from './udp.ts';
