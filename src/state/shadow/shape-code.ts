/**
 * The code that compares objects of one shape with their shadows and writes what differs. It is generated for sets of keys of which there are
 * several objects, where the platform lets code be generated (about ten times as fast); else general code does the same.
 */
import type { Kind } from '../format/state-format.js'
import type { TypeInfo } from '../schema/type-info.js'
import { changeField, generalCode, oddCode } from './general-code.js'
import { HOLE, SAME, type ShapeCode } from './shadow.js'
import { shapeSource } from './shape-source.js'

/** How many compiled functions are kept in each of two generations, for all encoders of the process. */
const CODE_MAX = 256
/** No code is compiled for a shape whose keys have more characters than this together. */
const KEYS_LENGTH_MAX = 2048

let recent = new Map<string, ShapeCode | undefined>()
let older = new Map<string, ShapeCode | undefined>()
let generates: boolean | undefined

/** Whether code may be generated here. Tests turn it off to run the general code. */
export function generateCode(allowed: boolean): void {
  generates = allowed
  recent.clear()
  older.clear()
}

export function shapeCode(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  ghosts: readonly string[],
  isOdd: boolean,
): ShapeCode {
  if (isOdd) return oddCode
  if (!(generates ??= canGenerate())) return generalCode
  const length = keys.reduce((sum, key) => sum + key.length, 0) + ghosts.reduce((sum, key) => sum + key.length, 0)
  if (length > KEYS_LENGTH_MAX) return generalCode
  const name = JSON.stringify([
    keys,
    kinds,
    ghosts,
    types.map((type) => type && [type.check, type.min, type.max, type.step]),
  ])
  let code = recent.get(name) ?? older.get(name)
  code ??= generate(keys, kinds, types, ghosts)
  if (recent.size >= CODE_MAX) {
    older = recent
    recent = new Map()
  }
  recent.set(name, code)
  return code
}

/** Tried with such code as shapes have: an engine may have `Function` and not take all of the language. */
function canGenerate(): boolean {
  try {
    generate(['a', 'b'], [0, 1], [undefined, undefined], ['c'])
    return true
  } catch {
    return false
  }
}

function generate(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  ghosts: readonly string[],
): ShapeCode {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('SAME', 'HOLE', 'change', shapeSource(keys, kinds, types, ghosts)) as (
    ...parts: unknown[]
  ) => ShapeCode
  return make(SAME, HOLE, changeField)
}
