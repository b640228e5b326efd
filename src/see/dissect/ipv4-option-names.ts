/** What IPv4's options are called: data. Read first: IANA, "IP Option Numbers". */
import * as option from '../../wire/ipv4-options.ts';

/** By type, copied bit and class included: the option's name, and that of its number. An option that is not here is unknown. */
export const IPV4_OPTION_NAMES: Readonly<Record<number, readonly [title: string, number: string]>> = {
  [option.END]: ['End of Options List (EOL)', 'End of Option List (EOL)'],
  [option.NOP]: ['No-Operation (NOP)', 'No-Operation (NOP)'],
  [option.RECORD_ROUTE]: ['Record Route', 'Record route'],
  [option.MTU_PROBE]: ['MTU Probe', 'MTU probe'],
  [option.MTU_REPLY]: ['MTU Reply', 'MTU Reply'],
  [option.QUICK_START]: ['Quick-Start', 'Quick-Start'],
  [option.TIMESTAMP]: ['Time Stamp', 'Time stamp'],
  [option.TRACEROUTE]: ['Traceroute', 'Traceroute'],
  [option.SECURITY]: ['Security', 'Security'],
  [option.LOOSE_SOURCE_ROUTE]: ['Loose Source Route', 'Loose source route'],
  [option.EXTENDED_SECURITY]: ['Extended Security', 'Extended security'],
  [option.COMMERCIAL_SECURITY]: ['Commercial Security', 'Commercial IP security option'],
  [option.STREAM_ID]: ['Stream ID', 'Stream identifier'],
  [option.STRICT_SOURCE_ROUTE]: ['Strict Source Route', 'Strict source route'],
  [option.ROUTER_ALERT]: ['Router Alert', 'Router Alert'],
  [option.DIRECTED_BROADCAST]: ['Selective Directed Broadcast', 'Selective Directed Broadcast'],
};
