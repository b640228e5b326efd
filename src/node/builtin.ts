/** Modules of Node's own that few programs need, loaded when somebody asks for them: each costs a start some milliseconds. */

export const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');
export const net = (): typeof import('node:net') => process.getBuiltinModule('node:net');
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');
export const tty = (): typeof import('node:tty') => process.getBuiltinModule('node:tty');
export const timers = (): typeof import('node:timers/promises') => process.getBuiltinModule('node:timers/promises');
export const childProcess = (): typeof import('node:child_process') => process.getBuiltinModule('node:child_process');
