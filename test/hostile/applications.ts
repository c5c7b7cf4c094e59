/** An application whose own code does wrong: each fault again and again, as a client asks for it. */
import { ENTRY } from '../../src/protocol/frame-types.js'
import { type Attack, linked } from './attack.js'
import { entries } from './clients.js'
import { FAULT_NAMES } from './faults.js'

export const APPLICATIONS: readonly Attack[] = [
  ...FAULT_NAMES.map(faultOf),
  {
    name: 'ticks and departures that fail',
    by: 'application',
    async run(field) {
      do {
        const socket = await linked(field, 'failing/1')
        await field.next(50)
        socket.leave()
      } while (await field.next(50))
    },
  },
]

/** By message and by request; a channel that was closed for it is linked anew. */
function faultOf(name: string): Attack {
  return {
    name,
    by: 'application',
    async run(field) {
      let socket = await linked(field, 'faulty/1')
      let detached = 0
      let seq = 1
      do {
        if (!socket.isOpen || socket.countOf('detached') > detached) {
          socket.leave()
          socket = await linked(field, 'faulty/1')
          detached = 0
          seq = 1
        }
        socket.say(...entries(seq, 1, 'fault', name), ...entries(seq + 1, 1, 'fault', name, ENTRY.request))
        seq += 2
      } while (await field.next(50))
      socket.leave()
    },
  }
}
