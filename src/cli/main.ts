#!/usr/bin/env node
/** `tcplab`, as it is run from a clone. What the package ships is packed/main.ts. */
import { runCommandLine } from './command-line.ts';

await runCommandLine(new URL('../../package.json', import.meta.url));
