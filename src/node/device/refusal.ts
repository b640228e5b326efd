/** What a device says when it cannot be had: what is wrong, and the command that mends it. The codes are explained in docs/errors.md. */
import { TcplabError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { listInterfaces } from '../live/interfaces.ts';
import { ownName } from '../rights.ts';
import type { DeviceKind } from './contract.ts';

/** What needs no rights, said at the end of refusals. */
const WITHOUT_RIGHTS = [
  '  - try it where you are root, in a network of your own: unshare -Urn, and there --interface with one end of a veth pair (docs/networks.md)',
  'Without any of it: the cable between programs (tcplab listen PORT, tcplab connect localhost PORT) needs no rights.',
];

function makeOwned(name: string, kind: DeviceKind, addresses: readonly string[]): string {
  const commands = [
    `sudo ip tuntap add dev ${name} mode ${kind} user ${ownName()} vnet_hdr`,
    ...addresses.map((address) => `sudo ip address add ${address} dev ${name}`),
    `sudo ip link set ${name} up`,
  ];
  return `  - make it once for ${ownName()}, who then needs no rights: ${commands.join(' && ')}`;
}

/** The device node cannot be opened. */
export function noNode(path: string, name: string, code: string): TcplabError {
  if (code === 'EACCES' || code === 'EPERM') {
    return new TcplabError(
      'EACCES',
      [
        `opening ${path} for ${name}: permission denied. Do one of these:`,
        '  - run the same command through sudo',
        `  - let everybody open it, as most distributions do (which devices one may have is asked separately): sudo chmod 0666 ${path}`,
        ...WITHOUT_RIGHTS,
      ].join('\n'),
    );
  }
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') {
    return new TcplabError(
      'TCPLAB_NO_TUN',
      [
        `opening ${path} for ${name}: there are no TUN devices here (${code}). Do one of these:`,
        '  - load the driver: sudo modprobe tun',
        '  - in a container: start it with --device /dev/net/tun --cap-add NET_ADMIN',
        `  - where the driver is there and the file is not: sudo mkdir -p /dev/net && sudo mknod ${path} c 10 200 && sudo chmod 0666 ${path}`,
        ...WITHOUT_RIGHTS,
      ].join('\n'),
    );
  }
  return new TcplabError('TCPLAB_SYSTEM', `opening ${path} for ${name}: ${code}`);
}

/** The device cannot be made or taken. `addresses` are those that the system is to have there. */
export function noTun(name: string, kind: DeviceKind, code: string, addresses: readonly string[]): TcplabError {
  switch (code) {
    case 'EPERM':
    case 'EACCES':
      return new TcplabError(
        'EACCES',
        [
          `opening ${name}: permission denied, because making a network device needs the right CAP_NET_ADMIN. Do one of these:`,
          '  - run the same command through sudo',
          makeOwned(name, kind, addresses),
          ...WITHOUT_RIGHTS,
        ].join('\n'),
      );
    case 'EBUSY':
      return new TcplabError(
        'EBUSY',
        `opening ${name}: another program has it, or an interface of that name is no ${kind.toUpperCase()} device; take another name, or tun%d for the first free one`,
      );
    case 'EINVAL':
      return new TcplabError(
        'EINVAL',
        `opening ${name}: there is an interface of that name that was made in another way (tun or tap, several queues); take another name, or remove it: sudo ip link delete ${name}`,
      );
    case 'ENOTTY':
      return new TcplabError(
        'TCPLAB_NO_TUN',
        `opening ${name}: /dev/net/tun is there, but is not the driver's; make it anew: sudo rm /dev/net/tun && sudo mknod /dev/net/tun c 10 200 && sudo chmod 0666 /dev/net/tun`,
      );
    default:
      return new TcplabError('TCPLAB_SYSTEM', `opening ${name}: ${code}`);
  }
}

/** A packet socket is refused. */
export function noPacketRights(name: string, code: string): TcplabError {
  if (code !== 'EPERM' && code !== 'EACCES')
    return new TcplabError('TCPLAB_SYSTEM', `opening ${name}: socket(AF_PACKET): ${code}`);
  return new TcplabError(
    'EACCES',
    [
      `opening ${name}: permission denied, because frames of an interface need the right CAP_NET_RAW. Do one of these:`,
      '  - run the same command through sudo',
      '  - in a network of your own, where you have every right: unshare -Urn',
    ].join('\n'),
  );
}

/** There is no such interface here. */
export function noSuchInterface(name: string): TcplabError {
  const names = listInterfaces().map((one) => one.name);
  const near = nearest(name, names);
  return new TcplabError(
    'TCPLAB_NO_INTERFACE',
    `there is no interface ${JSON.stringify(name)}${near === undefined ? '.' : `; did you mean ${near}?`} There are: ${names.join(', ')}. A pair with a cable between: sudo ip link add ${name} type veth peer name ${name}-peer`,
  );
}

/** The device is open, and may not be set up. `what` is what the kernel refused. */
export function noConfiguration(name: string, what: string, commands: readonly string[]): TcplabError {
  return new TcplabError(
    'EACCES',
    [
      `${name} is there, but this user may not set it up (${what}), which needs the right CAP_NET_ADMIN. Do one of these:`,
      '  - run the same command through sudo',
      `  - set it up before: ${commands.join(' && ')}`,
    ].join('\n'),
  );
}

/** Devices of this system are nobody's work yet. */
export function noDevices(platform: string): TcplabError {
  return new TcplabError(
    'TCPLAB_NO_TUN',
    `tcplab opens network devices on Linux; on ${platform} nobody has filled the interface for it yet (docs/networks.md, "Other systems"). The cable between programs works here: tcplab listen PORT`,
  );
}
