/** Each attack of `npm run hostile`, small and on a simulated network, beside an honest client that must notice nothing of it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import { createTestCluster, type TestCluster } from '../../src/testing/index.js'
import { type Attack, type AttackSocket, type Battlefield } from '../hostile/attack.js'
import { ATTACKS } from '../hostile/attacks.js'
import app from '../hostile/hostile-app.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'

const ROUNDS = 3
const GRACE_MS = 500
/** How long an attacker waits for what may not come. */
const WAIT_MS = 200

let cluster: TestCluster<typeof app>
let sockets: ClientSockets

before(async () => {
  cluster = await createTestCluster(app, { graceMs: GRACE_MS })
  sockets = new ClientSockets(cluster.front('front-1'), {})
})

after(async () => {
  await sockets.close()
  await cluster.close()
})

/** A socket of the attacker. It may have been closed by anything that was said. */
function playedSocket(address: string): AttackSocket {
  const carrier = new ScriptedCarrier(sockets, address)
  const isOpen = (): boolean => carrier.closedWith === null
  return {
    get isOpen() {
      return isOpen()
    },
    countOf: (type) => carrier.heard.filter((frame) => frame.type === type).length,
    say: (...frames) => void (isOpen() && carrier.say(...frames)),
    raw: (message) => void (isOpen() && carrier.events.message(message, true)),
    stopReading: () => void (carrier.buffered = 1 << 20),
    leave: () => carrier.terminate(),
  }
}

function battlefield(): Battlefield & { leave(): void } {
  const dialled: AttackSocket[] = []
  let rounds = 0
  return {
    some: (count) => Math.max(2, Math.ceil(count / 20)),
    async next(pauseMs) {
      await cluster.advance(pauseMs)
      return ++rounds < ROUNDS
    },
    dial(address = 0) {
      const socket = playedSocket(`10.0.0.${address + 1}`)
      dialled.push(socket)
      return Promise.resolve(socket)
    },
    async heard(socket, type, count = 1) {
      for (let ms = 0; ms < WAIT_MS && socket.countOf(type) < count; ms += 10) await cluster.advance(10)
      assert.ok(socket.countOf(type) >= count, `the attacker waits for ${type} in vain`)
    },
    connect: () => null,
    leave: () => {
      for (const socket of dialled) socket.leave()
    },
  }
}

for (const attack of ATTACKS.filter(({ onPorts }) => onPorts !== true)) {
  test(`G6 an honest client notices nothing of this ${attack.by}: ${attack.name}`, () => unnoticed(attack))
}

async function unnoticed(attack: Attack): Promise<void> {
  const noticed: string[] = []
  const ada = await cluster.connect({ userId: 'ada' })
  const arena = await ada.link('arena/1')
  const desk = await ada.link('desk/1')
  ada.onStatus((status, reason) => noticed.push(`connection ${status} ${reason}`))
  for (const link of [arena, desk]) {
    link.onStatus((status, reason) => noticed.push(`${link.id} ${status} ${reason}`))
    link.onReset((reason) => noticed.push(`${link.id} reset ${reason}`))
  }
  const field = battlefield()
  const before = arena.version
  await attack.run(field)
  assert.equal(await desk.request('ask', 7), 7)
  field.leave()
  await cluster.advance(GRACE_MS * 4)
  assert.deepEqual(noticed, [])
  assert.ok(arena.version > before)
  assert.equal(cluster.front('front-1').inspect().sessions, 1, 'sessions of the front')
  await ada.close()
}
