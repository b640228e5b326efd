/** How long counts of retransmissions take: systems and programs count (`tcp_syn_retries`, TCP_SYNCNT), a connection keeps time (RFC 9293 §3.8.3). In the unit of what is given. */

/** The most that is counted. */
const MOST_RETRIES = 127;

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
  for (let timeouts = 1; time < least; timeouts++) time += synTimeoutAfter(timeouts, first, most, linear);
  return time;
}

/** The fewest retransmissions of a SYN that take a time, as it is given up then; at the most 127. */
export function synRetries(time: number, first: number, most: number, linear: number): number {
  let retries = 1;
  while (retries < MOST_RETRIES && synTime(retries, first, most, linear) < time) retries++;
  return retries;
}

/** How much longer than a time a SYN is waited for where its retransmissions are counted, and those that do not double the next besides: as in Linux where the program has set a user timeout. */
export function longerIfCounted(time: number, first: number, most: number, linear: number): number {
  const retries = synRetries(time, first, most, linear);
  let counted = first;
  for (let timeouts = 1; timeouts <= retries + linear; timeouts++)
    counted += synTimeoutAfter(timeouts, first, most, linear);
  return counted - synTime(retries, first, most, linear);
}

/** A SYN's timeout after so many. */
const synTimeoutAfter = (timeouts: number, first: number, most: number, linear: number): number =>
  Math.min(first * 2 ** Math.max(0, timeouts - linear), most);
