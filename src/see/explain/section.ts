/** The RFC sections that sentences are drawn from, with their headings. */

/** RFC 9293's headings, by section number. */
export const SECTIONS = {
  '3.1': 'Header Format',
  '3.4': 'Sequence Numbers',
  '3.5': 'Establishing a Connection',
  '3.5.1': 'Half-Open Connections and Other Anomalies',
  '3.5.2': 'Reset Generation',
  '3.5.3': 'Reset Processing',
  '3.6': 'Closing a Connection',
  '3.6.1': 'Half-Closed Connections',
  '3.8': 'Data Communication',
  '3.8.1': 'Retransmission Timeout',
  '3.8.3': 'TCP Connection Failures',
  '3.8.4': 'TCP Keep-Alives',
  '3.8.6': 'Managing the Window',
  '3.8.6.1': 'Zero-Window Probing',
  '3.10.7.4': 'Other States',
} as const;

/** A section of RFC 9293 that a sentence rests on. */
export type Section = keyof typeof SECTIONS;

/** `RFC 9293 §3.5`. */
export const citation = (section: Section): string => `RFC 9293 §${section}`;
