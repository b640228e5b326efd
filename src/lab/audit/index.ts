/** The audit: what a capture of each host is taken to mean, compared with what its connections say of themselves. */
export { Audit, type AuditOptions } from './audit.ts';
export { Judge, Secrets } from './judge.ts';
export { AUDITED, type Audited, type AuditReport, auditText, Books, type Difference, type Tally } from './report.ts';
