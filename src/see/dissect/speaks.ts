/**
 * What messages of a connection tell of those to come, in four bits that its record has room for (conversations.ts): which protocol it speaks, of which a segment may bring less than what tells a
 * message; and, where the last request that was seen asks for no body, which it was (RFC 9110 §9.3.2, §9.3.6). Of requests that are sent before the one in front is answered only the last counts, as in
 * Wireshark.
 */
export const SPEAKS = { HTTP: 1, TLS: 2, HEAD: 4, CONNECT: 8 } as const;

/** Those of the last request. */
export const ASKED: number = SPEAKS.HEAD | SPEAKS.CONNECT;
