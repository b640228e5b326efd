/** Fields of what goes over lines beside packets: chdlc.*, and of what ends of PPP agree on. */
import * as hdlc from '../../../wire/hdlc.ts';
import * as control from '../../../wire/ppp-control.ts';
import type { Field } from '../field.ts';
import { PPP_CONTROL, PROTOCOL, PROTOCOLS } from '../protocol.ts';
import { decimal, headerField, hex, protocolField } from './kinds.ts';

const { HDLC, PAP, CHAP } = PROTOCOL;

/** chdlc.*, and the protocols themselves. */
export const LINE_FIELDS: readonly Field[] = [
  ...[HDLC, PROTOCOL.SLARP, ...PPP_CONTROL, PAP, CHAP].map((protocol) =>
    protocolField(protocol, PROTOCOLS[protocol]!.name, PROTOCOLS[protocol]!.title),
  ),
  headerField(HDLC, 'chdlc.address', 'unsigned', 'Address', 0, 4, hdlc.address, hex(2)),
  headerField(HDLC, 'chdlc.control', 'unsigned', 'Control', 0, 4, hdlc.control, hex(2)),
  headerField(HDLC, 'chdlc.protocol', 'unsigned', 'Protocol', 0, 4, hdlc.protocol, hex(4)),
  ...(
    [
      [PAP, 'pap'],
      [CHAP, 'chap'],
    ] as const
  ).flatMap(([protocol, name]) => [
    headerField(protocol, `${name}.code`, 'unsigned', 'Code', 0, 1, control.code, decimal),
    headerField(protocol, `${name}.identifier`, 'unsigned', 'Identifier', 1, 1, control.identifier, decimal),
    headerField(protocol, `${name}.length`, 'unsigned', 'Length', 2, 2, control.length, decimal),
  ]),
];
