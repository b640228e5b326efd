/** Modules of Node's own that few programs need, loaded when somebody asks for them: each costs a start some milliseconds. */

export const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');
export const net = (): typeof import('node:net') => process.getBuiltinModule('node:net');
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');
