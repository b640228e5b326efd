/** Linux's numbers of packet sockets, for who captures by one (live/) and who plugs a host into an interface by one (device/). The same on every architecture that there is an FFI for. Read first: packet(7). */
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const ETH_P_ALL = 3;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_IGNORE_OUTGOING = 23;
export const PACKET_MR_PROMISC = 1;
export const SIOCGIFFLAGS = 0x8913;
