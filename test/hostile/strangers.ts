/** Attacks of strangers: whoever reaches a port of a front or a back, and is nobody. */
import { packFrames } from '../../src/protocol/pack-frames.js'
import { encodeClientFrame } from '../../src/protocol/client-frames.js'
import { type Attack, type AttackSocket, type AttackStream, type Battlefield, HELLO, leaveAll } from './attack.js'

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: centrum\r\n\r\n'
/** The beginning of a TLS ClientHello that does not go on. */
const TLS_BEGUN = new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])

export const STRANGERS: readonly Attack[] = [
  streams('junk to the front', 'front', 50, (stream, random) => stream.write(random(4_096))),
  streams('silent connections to the front', 'front', 300, () => {}, false),
  streams(
    'half a request to the front',
    'front',
    300,
    (stream) => stream.write('GET / HTTP/1.1\r\nHost: x\r\n'),
    false,
  ),
  streams('requests whose answers are not read', 'front', 100, (stream) => {
    stream.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200))
  }),
  streams('upgrades, then bytes that are no frames', 'front', 50, (stream, random) => {
    stream.write(UPGRADE)
    stream.write(random(4_096))
  }),
  streams('junk to the back', 'back', 50, (stream, random) => stream.write(random(4_096))),
  streams('silent connections to the back', 'back', 300, () => {}, false),
  streams('half a TLS handshake to the back', 'back', 300, (stream) => stream.write(TLS_BEGUN), false),
  {
    name: 'sockets that never say HELLO',
    by: 'stranger',
    run: (field) => holding(field, 300, () => {}),
  },
  {
    name: 'endless bytes before HELLO',
    by: 'stranger',
    run: (field) => again(field, 20, (socket) => socket.raw(new Uint8Array(1 << 20))),
  },
  {
    name: 'HELLO of versions that nobody speaks',
    by: 'stranger',
    run: (field) => again(field, 20, (socket) => socket.say({ ...HELLO, versionMin: 900, versionMax: 999 })),
  },
  {
    name: 'forged resume tokens',
    by: 'stranger',
    run: (field) => again(field, 20, (socket) => socket.say({ ...HELLO, resume: 'f'.repeat(2_000) })),
  },
  {
    name: 'dialled, let in and gone',
    by: 'stranger',
    run: (field) => again(field, 20, (socket, i) => socket.say({ ...HELLO, token: `stranger ${i}` })),
  },
  {
    name: 'HELLO that is cut short, everywhere',
    by: 'stranger',
    run: (field) => {
      const whole = packFrames([encodeClientFrame(HELLO)])
      return again(field, 20, (socket, i) => socket.raw(whole.slice(0, i % whole.length)))
    },
  },
]

/** Opens so many at once, again and again, or once and holds them. */
function streams(
  name: string,
  to: 'front' | 'back',
  count: number,
  act: (stream: AttackStream, random: (bytes: number) => Uint8Array) => void,
  goesOn = true,
): Attack {
  return {
    name,
    by: 'stranger',
    onPorts: true,
    async run(field) {
      let open: AttackStream[] = []
      do {
        if (open.length > 0 && !goesOn) continue
        leaveAll(open)
        open = []
        for (let i = field.some(count); i > 0; i--) {
          const stream = await field.connect(to)
          if (stream === null) return
          act(stream, junk)
          open.push(stream)
        }
      } while (await field.next(50))
      leaveAll(open)
    },
  }
}

function junk(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count))
}

async function holding(field: Battlefield, count: number, act: (socket: AttackSocket) => void): Promise<void> {
  const sockets: AttackSocket[] = []
  for (let i = field.some(count); i > 0; i--) {
    const socket = await field.dial()
    act(socket)
    sockets.push(socket)
  }
  while (await field.next(100));
  leaveAll(sockets)
}

/** So many sockets in a row, each of which does its thing and goes. */
async function again(field: Battlefield, count: number, act: (socket: AttackSocket, i: number) => void): Promise<void> {
  let i = 0
  do {
    const sockets: AttackSocket[] = []
    for (let left = field.some(count); left > 0; left--) {
      const socket = await field.dial()
      act(socket, i++)
      sockets.push(socket)
    }
    await field.next(20)
    leaveAll(sockets)
  } while (await field.next(20))
}
