/** How long counts of retransmissions take: systems and programs count (`tcp_syn_retries`, TCP_SYNCNT), a connection keeps time (RFC 9293 §3.8.3). In the unit of what is given. */

/** The time of `retries` retransmissions, each timeout twice the one before and none above `most`, and the wait after the last. */
export function retransmissionTime(retries: number, first: number, most: number): number {
  let time = 0;
  for (let i = 0; i <= retries; i++) time += Math.min(first * 2 ** i, most);
  return time;
}

/** The same of a SYN of which `linear` timeouts do not double the next: as in Linux it is given up when a timer expires and the time is over in which the others would have. */
export function synTime(retries: number, first: number, most: number, linear: number): number {
  const least = retransmissionTime(retries, first, most);
  let time = first;
  for (let timeouts = 1, timeout = first; time < least; timeouts++) {
    if (timeouts > linear) timeout = Math.min(2 * timeout, most);
    time += timeout;
  }
  return time;
}
