/** Limits of links between masters, driven to their edge and one beyond on streams that never answer. */
import assert from 'node:assert/strict'
import { Handshake } from '../../src/link/handshake.js'
import { type LinkLimits, linkLimits } from '../../src/link/link-limits.js'
import type { MasterIdentity } from '../../src/link/master-identity.js'
import { probeListener } from '../../src/link/probe-listener.js'
import type { Stream } from '../../src/link/transport.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { ManualClock } from './manual-clock.js'

const IDENTITY: MasterIdentity = { role: 'back', id: 'back-1', incarnation: '0123456789abcdef', membershipHash: '' }

/** A stream whose other side says nothing and never closes. */
function silentStream(): { readonly stream: Stream; isDestroyed: boolean } {
  const silent = {
    isDestroyed: false,
    stream: {
      peer: 'tcp://127.0.0.1:1',
      buffered: 0,
      write() {},
      end() {},
      destroy: () => void (silent.isDestroyed = true),
    },
  }
  return silent
}

function settings(limits: Partial<LinkLimits>) {
  const clock = new ManualClock()
  const random = { float: () => 0, bytes: (count: number) => new Uint8Array(count) }
  return { clock, limits: linkLimits(limits), identity: IDENTITY, runtime: { clock, random, log: silentLog } }
}

export const LINK_LIMIT_EDGES: Readonly<Record<string, () => Promise<void>>> = {
  async 'Links closeMs'() {
    const { clock, ...options } = settings({ closeMs: 500 })
    const silent = silentStream()
    const handshake = new Handshake({
      ...options,
      stream: silent.stream,
      log: silentLog,
      onPacket() {},
      onFailed() {},
    })
    handshake.refuse({ reason: 'too-many', message: 'there are too many' }, 'refused')
    await clock.run(499)
    assert.equal(silent.isDestroyed, false)
    await clock.run(2)
    assert.equal(silent.isDestroyed, true)
  },
  async 'Links takeoverMs'() {
    const { clock, ...options } = settings({ takeoverMs: 500 })
    const silent = silentStream()
    const answers: (string | null)[] = []
    const transport = {
      listen: () => Promise.reject(new Error('it is not listened on')),
      dial: (_address: string, accept: (stream: Stream) => unknown) => {
        accept(silent.stream)
        return Promise.resolve()
      },
    }
    void probeListener({ ...options, transport, address: 'tcp://127.0.0.1:1' }).then((id) => answers.push(id))
    await clock.run(499)
    assert.deepEqual(answers, [])
    await clock.run(2)
    assert.deepEqual(answers, [null])
    assert.equal(silent.isDestroyed, true)
  },
}
