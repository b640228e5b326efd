/** The command line's `read --fields` for many captures in one process, for a test that reads all of them: `read-fields.ts FIELDS FILE...`. */
import { Command } from 'commander';
import { define } from '../../src/cli/commands/read.ts';
import { flush } from '../../src/cli/terminal.ts';

const [fields = '', ...files] = process.argv.slice(2);
for (const file of files) {
  const command = new Command('read');
  define(command);
  await command.parseAsync([file, '--fields', fields], { from: 'user' });
}
flush();
