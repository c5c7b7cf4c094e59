/**
 * Programs of mutations over an owner's state, by seed, and what must hold after each of their turns: mirrors equal the
 * owner, and each other; handlers are told of every entry; what is refused leaves everything as it was.
 */
import assert from 'node:assert/strict'
import { canonical } from '../../src/state/format/canonical.js'
import { plainCopy } from '../../src/state/format/plain-copy.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { COMPLETE_PATCHES, StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { infoOf } from '../../src/state/schema/type-info.js'
import { Dice } from './dice.js'
import { FollowedEntries } from './followed-entries.js'
import { difference } from './raw-state.js'
import { type Manners, Mutations } from './state-mutations.js'
import { declaredWorld, firstDeclared, LARGE, plainWorld, SMALL } from './state-values.js'

export interface Program {
  readonly seed: number
  readonly turns: readonly Turn[]
}

export interface Turn {
  readonly seed: number
  readonly mutations: readonly number[]
}

export interface Counts {
  patches: number
  mutations: number
  bytes: number
}

/** Another reader of the same bytes that is run beside ours, and the bytes as they come, for those who damage them. */
export interface Beside {
  readonly other?: { load(keyframe: Uint8Array): void; patch(bytes: Uint8Array): void; readonly state: unknown }
  readonly onPatch?: (keyframe: Uint8Array, patch: Uint8Array) => void
}

/** After so many patches everything has been found, through whatever it was changed. */
const PATIENCE_PATCHES = COMPLETE_PATCHES + 1

export function makeProgram(seed: number, turns: number): Program {
  const dice = new Dice(seed)
  return {
    seed,
    turns: Array.from({ length: turns }, () => ({
      seed: dice.bits(),
      mutations: Array.from({ length: dice.below(6) }, () => dice.bits()),
    })),
  }
}

/** Runs a program. Throws, with what differs and where, when something does not hold. */
export function runProgram({ seed, turns }: Program, counts: Counts, beside: Beside = {}): void {
  const dice = new Dice(seed ^ 0x5bd1e995)
  const isDeclared = dice.chance(0.3)
  const isSmall = dice.chance(0.3)
  const isWild = dice.chance(0.4)
  const manners: Manners = isSmall || isWild ? { isSmall, keeps: true, aliases: 'any' } : careful(dice)
  const isStrict = isSmall || !isWild
  generateCode(dice.chance(0.7))
  const type = isDeclared ? declaredWorld : undefined
  const first = isDeclared ? firstDeclared(dice, isSmall ? SMALL : LARGE) : plainWorld(dice, isSmall ? SMALL : LARGE)
  const holder = new Holder(new StateEncoder<unknown>(first, { shape: type }))
  const mutations = new Mutations(holder, type && infoOf(type, 'the world'), manners)
  const mirrors = [new StateMirror<unknown>(), new StateMirror<unknown>()]
  const [main, second] = mirrors as [StateMirror<unknown>, StateMirror<unknown>]
  for (const mirror of [...mirrors, beside.other]) mirror?.load(holder.encoder.keyframe())
  const followed = [['players'], [], ['teams', 'red']].map((path) => new FollowedEntries(main, path))

  const step = (complete: boolean, isExact: boolean): Uint8Array | null => {
    const patch = holder.encoder.patch({ complete })
    if (patch !== null) {
      holder.patches.push(patch)
      counts.bytes += patch.length
      for (const mirror of [...mirrors, beside.other]) mirror?.patch(patch)
    }
    if (isExact) expectSame(holder.state, main.state, 'the owner and its mirror')
    return patch
  }

  turns.forEach((turn, index) => {
    try {
      const chances = new Dice(turn.seed)
      // What is changed through a second place that is then taken away in the same turn is found late.
      const these = isStrict && manners.aliases === 'entries' ? turn.mutations.slice(0, 1) : turn.mutations
      for (const each of these) mutations.run(each)
      counts.mutations += these.length
      if (chances.chance(0.02)) refuse(holder, mutations, chances, !isStrict)
      const complete = chances.chance(0.1)
      const before = beside.onPatch && chances.chance(0.05) ? holder.encoder.keyframe() : undefined
      const patch = step(complete, isStrict || complete)
      counts.patches++
      if (patch && before) beside.onPatch?.(before, patch)
      expectSame(main.state, second.state, 'two mirrors')
      if (beside.other) expectSame(main.state, beside.other.state, 'two kinds of mirrors')
      for (const each of followed) each.check()
      if (chances.chance(0.1)) late(holder.encoder, main, second, isStrict || complete)
      if (chances.chance(0.03)) restore(holder, type, chances)
    } catch (error) {
      throw new Error(`in turn ${index}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  })
  // Whatever is found late is found by now: after many patches, or at once in one that compares all.
  const isPatient = !isStrict && dice.chance(0.2)
  if (!isPatient) step(true, true)
  else for (let i = 0; i < PATIENCE_PATCHES; i++) step(false, false)
  expectSame(holder.state, main.state, 'the owner and its mirror in the end')
  assert.deepEqual(canonical(main.state), canonical(plainCopy(holder.state)))
  assert.deepEqual(Object.keys(Object.prototype), [])
}

/** The state of whichever encoder there is. */
class Holder {
  encoder: StateEncoder<unknown>
  /** What another encoder could go on from. */
  keyframe: Uint8Array
  patches: Uint8Array[] = []

  constructor(encoder: StateEncoder<unknown>) {
    this.encoder = encoder
    this.keyframe = encoder.keyframe()
  }

  /** Anew, from what is published now. */
  begin(): void {
    this.keyframe = this.encoder.keyframe()
    this.patches = []
  }

  get state(): unknown {
    return this.encoder.state
  }

  set state(state: unknown) {
    this.encoder.state = state
  }
}

/** Without what is found late by design. */
function careful(dice: Dice): Manners {
  return { isSmall: false, keeps: false, aliases: dice.chance(0.5) ? 'entries' : 'none' }
}

function expectSame(raw: unknown, mirrored: unknown, what: string): void {
  const found = difference(raw, mirrored)
  if (found !== undefined) throw new Error(`${what} differ at ${found}`)
}

/** A mirror that comes late, and one that takes a keyframe instead of what it has. */
function late(encoder: StateEncoder<unknown>, main: StateMirror, second: StateMirror, isStrict: boolean): void {
  if (isStrict && encoder.patch() !== null) throw new Error('a patch without a change')
  const fresh = new StateMirror()
  fresh.load(encoder.keyframe())
  assert.deepEqual(canonical(fresh.state), canonical(main.state), 'a late mirror differs')
  const { state } = second
  second.load(encoder.keyframe())
  if (typeof state === 'object' && Array.isArray(state) === Array.isArray(second.state)) {
    assert.equal(second.state, state, 'a keyframe made another object of the state')
  }
  expectSame(main.state, second.state, 'a mirror and one that took a keyframe')
}

/** What cannot be encoded is refused, with nothing changed; once it is gone, all is as if it had not been. */
function refuse(holder: Holder, mutations: Mutations, dice: Dice, complete: boolean): void {
  const mend = mutations.spoil(dice)
  if (mend === undefined) return
  const before = holder.encoder.keyframe()
  assert.throws(
    () => holder.encoder.patch({ complete }),
    (error: unknown) => error instanceof EncodeError && error.code === 'not-encodable' && error.path.startsWith('$'),
  )
  assert.equal(holder.encoder.keyframe(), before, 'a refused patch changed what is published')
  mend()
}

/** Another owner goes on from what was published; mirrors do not notice. */
function restore(holder: Holder, type: typeof declaredWorld | undefined, dice: Dice): void {
  const { keyframe, patches } = holder
  const encoder = StateEncoder.resume<unknown>(keyframe, patches, { shape: type as never })
  assert.deepEqual(encoder.keyframe(), holder.encoder.keyframe(), 'the keyframe of another owner differs')
  holder.encoder = encoder
  assert.equal(encoder.patch(), null, 'another owner has something to say at once')
  if (dice.chance(0.5)) holder.begin()
}
