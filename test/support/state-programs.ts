/**
 * Random programs of mutations over random state: each step picks a place by numbers, so that any step can be run on any
 * state and failing programs shrink. Knows nothing of how changes are found or encoded.
 */
import fc from 'fast-check'

export type Step = readonly [kind: number, place: readonly number[], value: unknown, extra: number]

const keys = fc.constantFrom('a', 'b', 'x', 'y', 'name', '', '__proto__', '0', '7', 'length', 'constructor', '\ud800')

const leaves = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    null,
    true,
    false,
    undefined,
    '',
    'text',
    '\udfff',
    'é'.repeat(20),
  ),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => new Uint8Array(bytes)),
)

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaves,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
    fc.constant({ id: 1, x: 0.5, y: 0.25, hp: 100, name: 'bot' }),
  ),
})).value

export const steps: fc.Arbitrary<Step> = fc.tuple(
  fc.nat({ max: 13 }),
  fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
  values,
  fc.nat({ max: 20 }),
)

const KEYS = ['a', 'b', 'x', 'y', 'name', '', '__proto__', '0', '7', 'length', 'constructor', '\ud800']

type Fields = Record<string, unknown>

/** Runs steps on `holder.state`. Values are copied, so that two programs from one arbitrary never share objects. */
export function runProgram(holder: { state: unknown }, program: readonly Step[]): void {
  for (const [kind, place, value, extra] of program) {
    const target = reach(holder.state, place)
    if (target === undefined) continue
    if (Array.isArray(target)) changeArray(target as unknown[], kind, structuredClone(value), extra)
    else if (target instanceof Uint8Array) target[extra % Math.max(target.length, 1)] = kind
    else changeFields(holder, target as Fields, kind, structuredClone(value), extra)
  }
}

/** The container that the place leads to: the deepest one on the way. */
function reach(root: unknown, place: readonly number[]): object | undefined {
  let at: unknown = root
  for (const choice of place) {
    if (typeof at !== 'object' || at === null || at instanceof Uint8Array) break
    const entries = Object.values(at).filter((inner) => typeof inner === 'object' && inner !== null)
    if (entries.length === 0) break
    at = entries[choice % entries.length]
  }
  return typeof at === 'object' && at !== null ? at : undefined
}

function changeFields(holder: { state: unknown }, target: Fields, kind: number, value: unknown, extra: number): void {
  const own = Object.keys(target)
  const existing = own[extra % Math.max(own.length, 1)]
  const key = KEYS[extra % KEYS.length] as string
  if (kind < 4) put(target, key, value)
  else if (kind < 7 && existing !== undefined) put(target, existing, value)
  else if (kind < 9 && existing !== undefined) delete target[existing]
  else if (kind === 9 && existing !== undefined) {
    const moved = target[existing]
    delete target[existing]
    put(target, key, moved)
  } else if (kind === 10) Object.assign(target, { id: extra, x: extra / 3, y: -extra, hp: 1, name: 'n' })
  else if (kind === 11 && existing !== undefined && !contains(target[existing], target))
    put(target, key, target[existing])
  else if (kind === 12 && typeof value === 'object' && value !== null && extra === 0) holder.state = value
  else if (kind === 13) for (const each of own) if (typeof target[each] === 'number') target[each] += 1.25
}

function changeArray(target: unknown[], kind: number, value: unknown, extra: number): void {
  const at = extra % (target.length + 1)
  if (kind < 3) target.push(value)
  else if (kind === 3) target.splice(at, 1 + (extra % 3), value)
  else if (kind === 4) target.splice(at, 0, value, 1)
  else if (kind === 5) target.shift()
  else if (kind === 6) target.unshift(value)
  else if (kind === 7) target.reverse()
  else if (kind === 8) target.length = at
  else if (kind === 9) target.sort()
  else if (kind === 10) target[target.length + (extra % 4)] = value
  else if (kind === 11) target.push(...target.splice(0, 1))
  else target[at] = value
}

function put(target: Fields, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

function contains(outer: unknown, inner: object): boolean {
  if (outer === inner) return true
  if (typeof outer !== 'object' || outer === null || outer instanceof Uint8Array) return false
  return Object.values(outer).some((each) => contains(each, inner))
}
