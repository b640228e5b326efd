/**
 * People who know Wireshark write its display filters where a capture filter is wanted. What can be said of the commonest: how they are written here. The other way
 * round: ../capture-filter.ts.
 */

const NUMBER = '\\s*(?:==?|eq)\\s*';

const FORMS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [new RegExp(`^(tcp|udp)\\.port${NUMBER}(\\w+)$`), ([, protocol, port]) => `${protocol} port ${port}`],
  [new RegExp(`^(tcp|udp)\\.srcport${NUMBER}(\\w+)$`), ([, protocol, port]) => `${protocol} src port ${port}`],
  [new RegExp(`^(tcp|udp)\\.dstport${NUMBER}(\\w+)$`), ([, protocol, port]) => `${protocol} dst port ${port}`],
  [
    /^(tcp|udp)\.port\s*in\s*\{\s*(\d+)\s*\.\.\s*(\d+)\s*\}$/,
    ([, protocol, low, high]) => `${protocol} portrange ${low}-${high}`,
  ],
  [new RegExp(`^ip(?:v6)?\\.addr${NUMBER}([\\da-f.:]+)$`, 'i'), ([, address]) => `host ${address}`],
  [new RegExp(`^ip(?:v6)?\\.(src|dst)${NUMBER}([\\da-f.:]+)$`, 'i'), ([, side, address]) => `${side} host ${address}`],
  [new RegExp(`^ip(?:v6)?\\.addr${NUMBER}([\\da-f.:/]+)$`, 'i'), ([, address]) => `net ${address}`],
  [new RegExp(`^ip(?:v6)?\\.(src|dst)${NUMBER}([\\da-f.:/]+)$`, 'i'), ([, side, address]) => `${side} net ${address}`],
  [
    new RegExp(`^eth\\.(addr|src|dst)${NUMBER}([\\da-f:-]+)$`, 'i'),
    ([, side, address]) => `ether ${side === 'addr' ? 'host' : `${side} host`} ${address}`,
  ],
  [
    /^tcp\.flags\.(syn|ack|fin|urg|ece|cwr)\s*(?:==?|eq)\s*(?:1|True)$/,
    ([, flag]) => `tcp[tcpflags] & tcp-${flag} != 0`,
  ],
  [/^tcp\.flags\.(?:reset)\s*(?:==?|eq)\s*(?:1|True)$/, () => 'tcp[tcpflags] & tcp-rst != 0'],
  [/^tcp\.flags\.(?:push)\s*(?:==?|eq)\s*(?:1|True)$/, () => 'tcp[tcpflags] & tcp-push != 0'],
  [/^frame\.len\s*(<|>|<=|>=|==)\s*(\d+)$/, ([, sign, octets]) => `len ${sign} ${octets}`],
  [/^icmp\.type\s*(?:==?|eq)\s*(\d+)$/, ([, type]) => `icmp[icmptype] == ${type}`],
  [/^ip\.ttl\s*(<|>|<=|>=|==)\s*(\d+)$/, ([, sign, hops]) => `ip[8] ${sign} ${hops}`],
  [/^vlan\.id\s*(?:==?|eq)\s*(\d+)$/, ([, id]) => `vlan ${id}`],
  [/^ipv6$/, () => 'ip6'],
  [/^icmpv6$/, () => 'icmp6'],
  [/^dns$/, () => 'port 53'],
  [/^http$/, () => 'tcp port 80'],
  [/^tls$/, () => 'tcp port 443'],
];

/** What to say when the expression, or the word at which reading it ended, is a display filter's; undefined when it is not. */
export function displayFilterAdvice(
  expression: string,
  word: string,
): { reason: string; suggestion?: string } | undefined {
  const text = expression.trim().slice(0, 200);
  for (const [form, advice] of FORMS) {
    const match = form.exec(text);
    if (match)
      return {
        reason: `This is a display filter, which -Y takes. As a capture filter it is written ${advice(match)}`,
        suggestion: advice(match),
      };
  }
  if (
    /^[a-z]\w*\.[a-z][\w.]*$/i.test(word) ||
    /^(?:ipv6|icmpv6|contains|matches|eq|ne|in|dns|http|tls|dhcp)$/.test(word)
  )
    return {
      reason: `"${word}" belongs to display filters, which -Y takes; -f takes capture filters, in tcpdump's language: tcp port 80 and host 10.0.0.1.`,
    };
  return undefined;
}
