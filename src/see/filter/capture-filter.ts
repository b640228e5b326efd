/**
 * People who know tcpdump write its language, another one. What can be said about the commonest of its forms: how they are written here.
 */

const FORMS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^(tcp|udp)?\s*port\s+(\w+)$/, ([, protocol, port]) => `${protocol ?? 'tcp'}.port == ${port}`],
  [/^(tcp|udp)?\s*src\s+port\s+(\w+)$/, ([, protocol, port]) => `${protocol ?? 'tcp'}.srcport == ${port}`],
  [/^(tcp|udp)?\s*dst\s+port\s+(\w+)$/, ([, protocol, port]) => `${protocol ?? 'tcp'}.dstport == ${port}`],
  [
    /^(tcp|udp)?\s*portrange\s+(\d+)-(\d+)$/,
    ([, protocol, low, high]) => `${protocol ?? 'tcp'}.port in {${low}..${high}}`,
  ],
  [/^(?:ip\s+)?(src|dst)?\s*(?:host|net)\s+([\d./]+)$/, ([, side, address]) => `ip.${side ?? 'addr'} == ${address}`],
  [
    /^(?:ip6\s+)?(src|dst)?\s*(?:host|net)\s+([\da-f:./]+)$/i,
    ([, side, address]) => `ipv6.${side ?? 'addr'} == ${address}`,
  ],
  [/^ether\s+(src|dst)?\s*(?:host\s+)?([\da-f:-]+)$/i, ([, side, address]) => `eth.${side ?? 'addr'} == ${address}`],
];

/** How a whole expression in tcpdump's language is written in this one; undefined when it is not a form that is known here. */
export function captureFilterAdvice(expression: string): string | undefined {
  const text = expression.trim().slice(0, 200);
  for (const [form, advice] of FORMS) {
    const match = form.exec(text);
    if (match) return advice(match);
  }
  return undefined;
}
