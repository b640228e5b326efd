/** docs/fields.md: every field for people, a table a protocol. */
import { FIELD_CATALOGUE } from '../src/see/dissect/index.ts';

/** The page. */
export function fieldsPage(): string {
  const tables = new Map<string, string[]>();
  for (const { field, explanation, example } of FIELD_CATALOGUE) {
    const protocol = field.name.split('.', 1)[0]!;
    const rows = tables.get(protocol) ?? [];
    rows.push(`| \`${field.name}\` | ${field.type} | ${escaped(explanation)} | \`${example}\` |`);
    tables.set(protocol, rows);
  }
  const sections = [...tables].map(
    ([protocol, rows]) =>
      `## ${protocol}\n\n| field | type | what it is | for instance |\n|---|---|---|---|\n${rows.join('\n')}`,
  );
  return `# The fields

What display filters (\`-Y\`), \`--fields\` and \`--json\` know of a frame. Names, types and values are Wireshark's (${FIELD_CATALOGUE.length} of its fields); where they differ,
[differences.md](differences.md) says why. A field has as many values in a frame as its layer is there, outermost first: tunnels, tags, and the packets that ICMP errors quote.
\`tcplab fields WORD\` finds them on the command line. Written by \`npm run docs\` from [src/see/dissect/fields](../src/see/dissect/fields/index.ts).

${sections.join('\n\n')}
`;
}

const escaped = (text: string): string => text.replaceAll('|', '\\\\|');
