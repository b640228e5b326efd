/** The port that gives back what is sent into it: a host's `lo`. Frames have an Ethernet header of zeros, as Linux shows its own. */
import { frameQueue, type LinkOptions, linkProperties } from './link-options.ts';
import { PipePort } from './pipe.ts';

/**
 * A loopback; its `mtu` is 65,535 by default.
 * @throws TcplabError EINVAL when an option is out of range
 */
export function loopback(options: LinkOptions = {}): PipePort {
  const queue = frameQueue(options);
  return new PipePort(linkProperties(options, 65_535), 0, queue, queue);
}
