/** `recvmsg` with MSG_ERRQUEUE: what Linux tells of sends without a copy (zerocopy.ts), compared with what the script says. Not here: what ICMP said. */
import { posixError } from '../../core/errors.ts';
import type { Arguments } from './arguments.ts';
import { CONSTANTS } from './constants.ts';
import type { StreamEntry } from './desk.ts';
import type { CallResult } from './stage.ts';
import { Unsupported } from './unsupported.ts';

const ERRORS: readonly number[] = ['IP_RECVERR', 'IPV6_RECVERR'].map((name) => CONSTANTS.get(name)!);

/** The next message of the queue. @throws TcplabError EAGAIN; Unsupported where the queue would hold something else */
export function receiveError(values: Arguments, { zerocopy, socket: own }: StreamEntry): CallResult {
  if (zerocopy === undefined) throw new Unsupported('recvmsg with MSG_ERRQUEUE on a socket without SO_ZEROCOPY');
  const message = zerocopy.takeMessage(own.connection);
  if (message === undefined) throw posixError('EAGAIN', 'recvmsg');
  const control = values.field(values.at(1), 'msg_control');
  const [only] = control?.kind === 'array' ? control.items : [];
  const kind = values.field(only, 'cmsg_type');
  const fields = values.fields(values.field(only, 'cmsg_data'));
  const same =
    control === undefined ||
    (only !== undefined &&
      (kind === undefined || ERRORS.includes(values.valueOf(kind))) &&
      fields.every(
        ({ name, value }) => name === undefined || value.kind === 'any' || message.get(name) === values.valueOf(value),
      ));
  const told = [...message].map(([name, value]) => `${name}=${value}`).join(', ');
  return { value: 0, errno: undefined, different: same ? undefined : `cmsg_data={${told}}` };
}
