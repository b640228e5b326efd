/** Mistakes in the options that say which network: each is told before anything is opened. What the commands do on networks: test/devices, test/gateway, test/cable. */
import { expect, test } from 'vitest';
import { run, TEST_LIMIT } from './program.ts';

test(
  'a mistake is told with what to write instead',
  async () => {
    const on = ['--tun', 'tun0', '--address'];
    const gateway = ['gateway', 'cable=10.7.0.1/24'];
    const mistakes = [
      [
        ['listen', '80', '--tun', 'tun0'],
        '--tun needs the address that tcplab has there: --tun tun0 --address 10.9.0.2/24',
      ],
      [['listen', '80', ...on, '10.9.0.2'], '1 to 31, such as 10.9.0.2/24, not "10.9.0.2"'],
      [['listen', '80', ...on, '10.9.0.2/24,10.8.0.2/24'], '--address takes one IPv4 address at most'],
      [['listen', '80', ...on, '10.9.0.2/24', '-6'], '--ipv6 needs an address of IPv6: --address fd09::2/64'],
      [['listen', '80', ...on, '10.9.0.2/24', '--tap', 'tap0'], '--tun and --tap do not go together'],
      [
        ['connect', '10.9.0.1', '80', ...on, '10.9.0.2/24', '--cable', '/tmp/x'],
        '--cable and --tun do not go together',
      ],
      [['connect', 'localhost', '80', '--mtu', '1500'], '--mtu is for a device'],
      [['connect', 'localhost', '80', '--no-offload'], '--no-offload is for a device'],
      [['listen', '80', '--kernel', ...on, '10.9.0.2/24'], '--tun and --kernel do not go together'],
      [['connect', 'localhost', '80', '--kernel', '--explain'], '--explain and --kernel do not go together'],
      [['listen', '80', '--kernel', '--no-offload'], '--no-offload and --kernel do not go together'],
      [['listen', '80', ...on, '10.9.0.300/24'], '--address: "10.9.0.300" is no address'],
      [['listen', '80', ...on, '10.9.0.2/33'], 'prefix, 1 to 31, such as 10.9.0.2/24, not "10.9.0.2/33"'],
      [['listen', '80', ...on, '10.9.0.2/24', '--gateway', 'x'], '--gateway takes an address such as 10.9.0.1'],
      [['listen', '80', ...on, 'fd09::2/64', '--mtu', '1000'], '--mtu is a whole number from 1280 to 65521'],
      [['ping', 'nobody'], '"nobody" is not an address'],
      [['ping', 'localhost', '-s', '70000'], '--size is a whole number from 0 to 65000'],
      [['ping', 'localhost', '--explain'], "unknown option '--explain'"],
      [gateway, 'a gateway joins two links or more'],
      [
        [...gateway, 'tun:tun0=10.7.0.2/25'],
        'cable and tun0 would be one network: 10.7.0.1/24 and 10.7.0.2/25 overlap',
      ],
      [[...gateway, 'tun:t=10.8.0.2/24', 'tun:t=10.9.0.2/24'], 'joins different links, and tun:t is named twice'],
      [[...gateway, 'tun=10.9.0.2/24'], 'write tun:NAME=10.9.0.2/24'],
      [[...gateway, 'tun:tun0=10.9.0.2'], 'the link tun:tun0 takes an address, a slash'],
      [[...gateway, 'wire:w0=10.9.0.2/24'], '"wire:w0=10.9.0.2/24" is not a link'],
      [[...gateway, 'tun:tun0=10.9.0.2/24', '--nat', 'x'], '--nat names one of the links, cable or tun0, not "x"'],
      [[...gateway, 'tun:tun0=10.9.0.2/24', '--route', '10.1.0.0/16'], '--route takes a network and its gateway'],
    ] as const;
    const told = await Promise.all(mistakes.map(async ([args]) => (await run(args, {}, 2)).err));
    mistakes.forEach(([, said], i) => {
      expect(told[i]).toContain(said);
    });
  },
  TEST_LIMIT,
);
