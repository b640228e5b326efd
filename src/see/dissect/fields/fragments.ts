/** Fields of datagrams put together from fragments: ip.fragment*, ip.reassembled*, and the same of IPv6. */
import { CONFLICT, type Datagram, FRAGMENT, OTHER_TAIL, OVERLAP, TOO_LONG } from '../datagrams.ts';
import { datagramOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import type { ProtocolId } from '../protocol.ts';
import { layerField, mark } from './kinds.ts';

/** Faults for which a fragment is no `fragment` but an `error`. */
const ERRORS = CONFLICT | OTHER_TAIL | TOO_LONG;

const octetsOf = ({ bytes, length }: Datagram): FieldValue => bytes.subarray(0, length);

/**
 * Fields of the datagram that a fragment completed.
 * @param name `ip`
 * @param version `IPv4`
 * @param whole of what `fragments` has the value: Wireshark has one of IPv4, and of IPv6 that it is there
 * @param frame the name of the field for the frame in which the datagram will be whole
 */
export function fragmentFields(
  protocol: ProtocolId,
  name: string,
  version: string,
  whole: 'octets' | 'mark',
  frame: string,
): readonly Field[] {
  const datagramField = (
    field: string,
    type: FieldType,
    title: string,
    collect: (datagram: Datagram, into: FieldValues) => void,
  ): Field =>
    layerField(protocol, `${name}.${field}`, type, title, (dissection, layer, into) => {
      const datagram = datagramOf(dissection, layer);
      if (datagram !== undefined) collect(datagram, into);
    });
  const frames = (field: string, title: string, isTold: (faults: number) => boolean): Field =>
    datagramField(field, 'unsigned', title, ({ fragments, fragmentCount }, into) => {
      for (let at = 0; at < FRAGMENT * fragmentCount; at += FRAGMENT)
        if (isTold(fragments[at + 3]!)) into.push(fragments[at]!);
    });
  const fault = (field: string, title: string, bit: number): Field =>
    mark(
      datagramField(`fragment.${field}`, 'boolean', title, ({ fragments, fragmentCount }, into) => {
        for (let at = 0; at < FRAGMENT * fragmentCount; at += FRAGMENT) if (fragments[at + 3]! & bit) into.push(true);
      }),
    );
  const title = `${version} Fragments`;
  return [
    whole === 'octets'
      ? datagramField('fragments', 'bytes', title, (datagram, into) => into.push(octetsOf(datagram)))
      : mark(datagramField('fragments', 'boolean', title, (_, into) => into.push(true))),
    frames('fragment', `${version} Fragment`, (faults) => (faults & ERRORS) === 0),
    fault('overlap', 'Fragment overlap', OVERLAP),
    fault('overlap.conflict', 'Conflicting data in fragment overlap', CONFLICT),
    fault('multipletails', 'Multiple tail fragments found', OTHER_TAIL),
    fault('toolongfragment', 'Fragment too long', TOO_LONG),
    frames('fragment.error', 'Defragmentation error in frame', (faults) => (faults & ERRORS) !== 0),
    datagramField('fragment.count', 'unsigned', 'Fragment count', ({ fragmentCount }, into) =>
      into.push(fragmentCount),
    ),
    datagramField('reassembled.length', 'unsigned', `Reassembled ${version} length`, ({ length }, into) =>
      into.push(length),
    ),
    datagramField('reassembled.data', 'bytes', `Reassembled ${version} data`, (datagram, into) =>
      into.push(octetsOf(datagram)),
    ),
    // In one pass over a capture nobody knows what comes, as in tshark without -2.
    layerField(protocol, `${name}.${frame}`, 'unsigned', `Reassembled ${version} in frame`, () => undefined),
  ];
}
