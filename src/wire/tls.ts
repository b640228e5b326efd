/** How TLS' records and the messages of its handshakes begin: numbers that stand unencrypted. Read first: RFC 8446 §4, §5.1. */

/** Octets of a record's head (content type, version, length), and of a handshake message's (type, length). */
export const RECORD = 5;
export const MESSAGE = 4;

/** Content types of records. */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** Types of handshake messages. */
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
