/** Attacks of clients that were let in: they say whatever the protocol lets them say, and what it does not. */
import { encodeClientFrame, type ClientFrame } from '../../src/protocol/client-frames.js'
import { packFrames } from '../../src/protocol/pack-frames.js'
import { ENTRY, type EntryKind } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { type Attack, type AttackSocket, type Battlefield, linked, linkFrame, welcomed } from './attack.js'

const YARD = 'yard/1'
const NOTHING = new Uint8Array(0)

export const CLIENTS: readonly Attack[] = [
  redialling('a broadcast that is cut short', async (field) => {
    const socket = await welcomed(field)
    socket.raw(new Uint8Array([2, 5, 0xff]))
  }),
  redialling('frames that are cut, longer, or changed anywhere', async (field, i) => {
    const socket = await linked(field, YARD)
    const whole = packFrames([encodeClientFrame(entryFrame(1, ENTRY.message, named('say', 'x')))])
    const damaged = Uint8Array.from(whole)
    const at = i % whole.length
    damaged[at] = ((damaged[at] ?? 0) + 1 + (i % 255)) & 0xff
    socket.raw(i % 3 === 0 ? whole.slice(0, at) : i % 3 === 1 ? damaged : Uint8Array.of(...whole, 0xff))
  }),
  redialling('values that cannot be decoded', async (field) => {
    const socket = await linked(field, YARD)
    socket.say(entryFrame(1, ENTRY.message, makeNamed('anything', new Uint8Array(64).fill(0xff))))
    socket.say({ type: 'broadcast', body: makeNamed('shout', new Uint8Array(64).fill(0xff)) })
  }),
  redialling('numbers out of order', async (field, i) => {
    const socket = await linked(field, YARD)
    socket.say(entryFrame(2 + (i % 5), ENTRY.message, named('say', 'x')))
  }),
  redialling('a burst, then another socket', async (field) => {
    const socket = await linked(field, YARD)
    socket.say(...entries(1, 4_000, 'say', 'x'))
  }),
  redialling('connect, link, drop', async (field, i) => {
    await linked(field, `yard/${i % 50}`)
  }),
  flood('broadcasts, a thousand in a message', 10, (socket) => socket.say(...Array.from({ length: 1_000 }, shout))),
  flood('broadcasts that nobody declares', 10, (socket) =>
    socket.say(...Array.from({ length: 1_000 }, () => ({ type: 'broadcast', body: named('nothing', 1) }) as const)),
  ),
  flood('broadcasts that do not fit', 20, (socket) =>
    socket.say(...Array.from({ length: 100 }, () => ({ type: 'broadcast', body: named('shout', 1) }) as const)),
  ),
  flood('messages as fast as they go', 10, (socket, seq) => {
    socket.say(...entries(seq, 400, 'say', 'x'))
    return 400
  }),
  flood('messages that do not fit, with many issues', 50, (socket, seq) => {
    socket.say(...entries(seq, 1, 'many', Array(16_000).fill(null)))
    return 1
  }),
  flood('nested arrays', 20, (socket, seq) => {
    socket.say(entryFrame(seq, ENTRY.message, makeNamed('anything', nested(200_000))))
    return 1
  }),
  flood('as many containers as a payload may have', 20, (socket, seq) => {
    socket.say(
      ...entries(
        seq,
        1,
        'anything',
        Array.from({ length: 16_000 }, () => []),
      ),
    )
    return 1
  }),
  flood('big payloads', 20, (socket, seq) => {
    socket.say(...entries(seq, 4, 'anything', new Uint8Array(200_000)))
    return 4
  }),
  flood('long keys, set and removed', 20, (socket, seq) => {
    const key = `${seq}`.padEnd(900, 'x')
    socket.say(...entries(seq, 1, 'set', key), ...entries(seq + 1, 1, 'remove', key))
    return 2
  }),
  flood('takes and releases of the processor', 10, (socket, seq) => {
    const body = NOTHING
    for (let i = 0; i < 100; i++)
      socket.say(entryFrame(seq + 2 * i, ENTRY.take, body), entryFrame(seq + 2 * i + 1, ENTRY.release, body))
    return 200
  }),
  flood('heavy answers that are never seen', 20, (socket, seq) => {
    socket.say(...entries(seq, 10, 'load', 100_000, ENTRY.request))
    return 10
  }),
  flood('requests that take long', 20, (socket, seq) => {
    socket.say(...entries(seq, 100, 'wait', null, ENTRY.request))
    return 100
  }),
  flood('marks of what was never sent', 20, (socket, seq) => {
    socket.say(...Array.from({ length: 500 }, (_, i) => ({ type: 'seen', link: 1, serverSeq: seq * 500 + i }) as const))
    return 1
  }),
  flood('pings', 10, (socket) => {
    socket.say(...Array.from({ length: 90 }, () => ({ type: 'ping', sent: 1 }) as const))
  }),
  {
    name: 'heavy answers that are never read',
    by: 'client',
    async run(field) {
      const socket = await linked(field, YARD)
      socket.stopReading()
      let seq = 1
      do {
        socket.say(...entries(seq, 10, 'load', 100_000, ENTRY.request))
        seq += 10
      } while ((await field.next(20)) && socket.isOpen)
      while (await field.next(100));
      socket.leave()
    },
  },
  linking('links that are refused, each to another channel', (link) => linkFrame(link, `closed/${link}`)),
  linking('channels that are opened', (link) => linkFrame(link, `yard/of mallory ${link}`)),
  linking('links with heavy options', (link) =>
    linkFrame(link, `closed/${link % 20}`, encodeValue('x'.repeat(250_000))),
  ),
  linking('ids of all kinds', (link) => linkFrame(link, ODD_IDS[link % ODD_IDS.length] ?? '')),
  linking('pasts that are lies', (link) => {
    const origin = { epoch: 1 + link, nonce: '0123456789abcdef' }
    const past = { origin, epoch: 2 ** 40 + link, version: 2 ** 40, serial: link, serverSeqSeen: link }
    return { type: 'link', link, request: { channelId: YARD, linkNumber: link, processor: true, past, options: null } }
  }),
]

const ODD_IDS = [
  '',
  '/',
  'yard/',
  'yard/1/2',
  '__proto__',
  'yard/__proto__',
  'x'.repeat(250),
  'yard/\u0000',
  'nobody/1',
]

function named(name: string, value: unknown): Uint8Array {
  return makeNamed(name, encodeValue(value))
}

function entryFrame(clientSeq: number, kind: EntryKind, body: Uint8Array, link = 1): ClientFrame {
  return { type: 'entry', link, entry: { clientSeq, kind, context: null, body } }
}

export function entries(
  from: number,
  count: number,
  name: string,
  value: unknown,
  kind: EntryKind = ENTRY.message,
): ClientFrame[] {
  const body = named(name, value)
  return Array.from({ length: count }, (_, i) => entryFrame(from + i, kind, body))
}

function shout(): ClientFrame {
  return { type: 'broadcast', body: named('shout', 'x') }
}

/** So many arrays, each in the one before, as far as the format can say it. */
function nested(bytes: number): Uint8Array {
  const one = encodeValue([[]])
  return new Uint8Array(bytes).fill(one[0] ?? 0)
}

/** Each time a new socket, which goes without a word. */
function redialling(name: string, act: (field: Battlefield, i: number) => Promise<void>): Attack {
  return {
    name,
    by: 'client',
    async run(field) {
      let i = 0
      do {
        const sockets: AttackSocket[] = []
        const kept: Battlefield = {
          ...bound(field),
          dial: async (address) => {
            const socket = await field.dial(address)
            sockets.push(socket)
            return socket
          },
        }
        await Promise.all(Array.from({ length: field.some(10) }, () => act(kept, i++)))
        await field.next(20)
        for (const socket of sockets) socket.leave()
      } while (await field.next(20))
    },
  }
}

/** One socket that goes on; another one where it was closed. `act` says how many numbers it used. */
function flood(name: string, pauseMs: number, act: (socket: AttackSocket, seq: number) => number | void): Attack {
  return {
    name,
    by: 'client',
    async run(field) {
      const channelId = name.includes('processor') ? 'pen/1' : YARD
      let socket = await linked(field, channelId)
      let seq = 1
      do {
        if (!socket.isOpen) {
          socket = await linked(field, channelId)
          seq = 1
        }
        seq += act(socket, seq) ?? 0
      } while (await field.next(pauseMs))
      socket.leave()
    },
  }
}

/** One link after another. */
function linking(name: string, frameOf: (link: number) => ClientFrame): Attack {
  return {
    name,
    by: 'client',
    async run(field) {
      let socket = await welcomed(field)
      let link = 1
      do {
        if (!socket.isOpen) {
          socket = await welcomed(field)
          link = 1
        }
        for (let left = field.some(20); left > 0; left--) socket.say(frameOf(link++))
      } while (await field.next(20))
      socket.leave()
    },
  }
}

function bound(field: Battlefield): Battlefield {
  return {
    some: (count) => field.some(count),
    next: (pauseMs) => field.next(pauseMs),
    dial: (address) => field.dial(address),
    heard: (socket, type, count) => field.heard(socket, type, count),
    connect: (to, address) => field.connect(to, address),
  }
}
