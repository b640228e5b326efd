/** The catalogue of fields: each has a line and an example; words find them. That examples are filters is tested in src/see/filter. */
import { expect, test } from 'vitest';
import { FIELD_CATALOGUE, FIELDS, findField, findFields } from './index.ts';

test('each field has a name of its own, one line of explanation and an example that uses it', () => {
  expect(FIELD_CATALOGUE.length).toBe(FIELDS.length);
  expect(new Set(FIELDS.map(({ name }) => name)).size).toBe(FIELDS.length);
  for (const { field, explanation, example } of FIELD_CATALOGUE) {
    expect(explanation, field.name).toMatch(/^\S.{2,78}$/);
    expect(example, field.name).toContain(field.name);
  }
});

test('words find fields by name and explanation, those whose names begin with the word first', () => {
  const names = (...words: string[]): string[] => findFields(words).map(({ field }) => field.name);
  expect(names('tcp.window')[0]).toBe('tcp.window_size_value');
  expect(names('Window', 'scal')).toContain('tcp.window_size_scalefactor');
  expect(names('hops')).toEqual(expect.arrayContaining(['ip.ttl', 'ipv6.hlim']));
  // Old names are read as the new ones.
  expect(names('ssl')).toEqual(names('tls'));
  expect(names('ssl.handshake.type')[0]).toBe('tls.handshake.type');
  expect(names('no such field')).toEqual([]);
  expect(names()).toHaveLength(FIELDS.length);
});

/** Fields that people use most: all that a header, an option, an event and a message of TCP say, and what stands around them. */
const USED_MOST = `
  tcp.srcport tcp.dstport tcp.port tcp.stream tcp.seq tcp.seq_raw tcp.nxtseq tcp.ack tcp.ack_raw tcp.hdr_len tcp.len tcp.payload tcp.window_size_value
  tcp.window_size tcp.window_size_scalefactor tcp.checksum tcp.checksum.status tcp.checksum_calculated tcp.urgent_pointer tcp.time_relative
  tcp.time_delta tcp.flags tcp.flags.res tcp.flags.ae tcp.flags.cwr tcp.flags.ece tcp.flags.ace tcp.flags.urg tcp.flags.ack tcp.flags.push
  tcp.flags.reset tcp.flags.syn tcp.flags.fin tcp.flags.str tcp.options tcp.option_kind tcp.option_len tcp.options.mss_val tcp.options.wscale.shift
  tcp.options.wscale.multiplier tcp.options.sack_le tcp.options.sack_re tcp.options.sack.count tcp.options.sack.dsack_le tcp.options.sack.dsack_re
  tcp.options.timestamp.tsval tcp.options.timestamp.tsecr tcp.options.tfo.request tcp.options.tfo.cookie tcp.options.user_to_val tcp.options.md5.digest
  tcp.options.ao.keyid tcp.options.ao.rnextkeyid tcp.options.ao.mac tcp.options.acc_ecn.ee0b tcp.options.acc_ecn.eceb tcp.options.acc_ecn.ee1b
  tcp.options.experimental.exid tcp.options.mptcp.subtype tcp.analysis.acks_frame tcp.analysis.ack_rtt tcp.analysis.initial_rtt
  tcp.analysis.bytes_in_flight tcp.analysis.push_bytes_sent tcp.connection.syn tcp.connection.synack tcp.connection.fin tcp.connection.rst
  tcp.connection.fin_active tcp.connection.fin_passive tcp.fin_retransmission tcp.reset_cause tcp.segment tcp.segments tcp.segment.count
  tcp.segment.overlap tcp.segment.overlap.conflict tcp.reassembled_in tcp.reassembled.length tcp.reassembled.data tcp.segment_data
  tcp.checksum_bad.expert tcp.ack.nonzero tcp.urgent_pointer.non_zero tcp.short_segment frame.number frame.len frame.time frame.time_relative
  frame.time_delta ip.src ip.dst ip.addr ip.ttl ip.id ip.flags.df _ws.expert.message _ws.expert.severity eth.src eth.dst eth.addr eth.type ipv6.src
  ipv6.dst ipv6.addr ipv6.hlim ipv6.flow ipv6.nxt ipv6.plen
`;

test('the fields that people use most are known', () => {
  const names = USED_MOST.trim().split(/\s+/);
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => findField(name) === undefined)).toEqual([]);
});
