/**
 * One owner by one library in a process of its own, which answers for CPU microseconds of a turn, changing and encoding, batch by
 * batch: so that several of them can be measured in turns.
 */
import { Encoder, type Schema } from '@colyseus/schema'
import { StateEncoder } from 'centrum/state'
import { answer } from '../processes/answer.js'
import type { Form } from './owner.js'
import { OWNERS } from './owners.js'

/** What is encoded, or that nothing is. */
export type Library = 'centrum' | 'schema' | 'bare'

export interface OwnerFace {
  /** Makes the owner, and runs it until the engine has made its last code. */
  start(name: string, form: Form, library: Library): void
  /** One batch. */
  measure(): number
  /** Of a patch, in the mean. */
  bytes(): number
}

const WARM_US = 1_000_000
/** A batch lasts at least so long: asking for the CPU time takes longer by itself than the turn of a small room. */
const BATCH_US = 20_000

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

let turn = (): number => 0
let turns = 0
let bytes = 0
let batch = 32

function turnOf(name: string, form: Form, library: Library): () => number {
  const owner = OWNERS[name]?.make(form)
  if (owner === undefined) throw new Error(`there is no owner ${name}`)
  const { state } = owner
  if (library === 'bare') {
    return () => {
      owner.turn(() => state as never)
      return 0
    }
  }
  if (library === 'schema') {
    Encoder.BUFFER_SIZE = 4 << 20
    const encoder = new Encoder(state as Schema)
    encoder.encodeAll()
    encoder.discardChanges()
    return () => {
      owner.turn(() => state as never)
      const { length } = encoder.encode()
      encoder.discardChanges()
      return length
    }
  }
  const encoder = new StateEncoder<unknown>(state)
  return () => {
    owner.turn(() => encoder.state as never)
    return encoder.patch()?.length ?? 0
  }
}

function run(): number {
  const start = cpuUs()
  for (let i = 0; i < batch; i++) bytes += turn()
  turns += batch
  return (cpuUs() - start) / batch
}

const face: OwnerFace = {
  start(name, form, library) {
    turn = turnOf(name, form, library)
    const start = cpuUs()
    while (cpuUs() - start < WARM_US) batch = Math.max(8, Math.ceil(BATCH_US / Math.max(run(), 0.01)))
  },
  measure: run,
  bytes: () => Math.round(bytes / turns),
}
answer(face)
