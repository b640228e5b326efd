/** The wait of `close` with SO_LINGER: until the peer has acknowledged everything, the FIN too. Its program has gone already, and the connection goes on either way. */
import type { Micros } from '../../core/time.ts';
import type { Connection } from '../stack/connection.ts';
import type { Driver } from '../stack/driver.ts';
import { EVENT } from '../tcp/index.ts';

/** A promise that comes true when what was sent has arrived, the connection is over, or `limit` has passed. */
export function lingers(connection: Connection, driver: Driver, limit: Micros): Promise<void> {
  switch (connection.tcb.state) {
    case 'FIN-WAIT-1':
    case 'CLOSING':
    case 'LAST-ACK':
      break;
    default:
      return Promise.resolve();
  }
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      connection.owner = undefined;
      driver.woke();
      resolve();
    };
    const cancel = driver.at(driver.now + limit, done);
    connection.owner = {
      connectionEvents: (_, events) => {
        if (events & (EVENT.FIN_ACKNOWLEDGED | EVENT.CLOSED)) done();
      },
    };
  });
}
