/**
 * Attaching an object to the row of its entry: its fields become accessors that read and write the row, so that what is set is
 * known at once and need not be looked for. It stays the same object, with the same keys in the same order; fields can no longer be
 * deleted, nor added. Only for structs that are declared as numbers, texts and booleans, none of them optional, and only where code
 * may be generated and the engine keeps such objects quick. Knows what makes an object fit; when that is done is the affair of `Attachments`.
 */
import { EncodeError, pathOf } from '../value/encode-error.js'
import { attachSource } from './attach-source.js'
import type { Differ } from './differ.js'
import { findMisfit } from './find-misfit.js'
import { ATTACHED, type Rows } from './rows.js'
import type { Fields } from './shadow.js'
import { mayGenerate } from './shape-code.js'
import type { Shape } from './shape.js'
import type { FieldType } from './struct.js'
import type { TrackedRecord } from './tracked-record.js'

export interface AttachCode {
  /** The accessors. */
  readonly fields: Readonly<Record<string, PropertyDescriptor>>
  /** What an object is attached to, now or the last time; undefined if it never was. */
  readonly rowsOf: (object: object) => Rows | undefined
  /** Whether an object that was attached to something is attached to this row. */
  readonly isAt: (object: object, rows: Rows, slot: number) => boolean
  /** From now on the accessors of an object are those of this row. */
  readonly put: (object: object, rows: Rows, slot: number) => void
  /** As `ShapeCode.diffDue`, until an entry is not attached. */
  readonly publishDue: (differ: Differ, record: TrackedRecord, shape: Shape, from: number) => number
}

/** One for each declared type and order of its keys, so that an object may go from one state to another. */
const codes = new WeakMap<FieldType, Map<string, AttachCode>>()
const SCALARS: ReadonlySet<FieldType['check']> = new Set(['number', 'integer', 'range', 'text', 'bool'])
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** From this version of the engine on (Node 22) an object whose fields were deleted is slow for good, far slower than comparing it. */
const SLOW_ENGINE = 12
let attaches: boolean | undefined

/** Whether entries are attached where the engine is slow at it, or are not where it is not. For tests. */
export function attachEntries(wanted: boolean | undefined): void {
  attaches = wanted
}

function isQuickEngine(): boolean {
  const { versions } = (globalThis as { process?: { versions?: { v8?: string } } }).process ?? {}
  return Number.parseInt(versions?.v8 ?? '') < SLOW_ENGINE
}

export function isAttachable(type: FieldType | undefined): boolean {
  if (!(attaches ?? isQuickEngine()) || !mayGenerate()) return false
  const fields = Object.values((type?.check === 'struct' && type.fields) || {})
  return fields.length > 0 && fields.every((field) => SCALARS.has(field.check) && !field.isOptional)
}

/** The code for a shape whose declaration is attachable. */
export function attachCode({ declared, keys, kinds, types }: Shape): AttachCode {
  const type = declared as FieldType
  const order = JSON.stringify(keys)
  let known = codes.get(type)
  if (known === undefined) codes.set(type, (known = new Map<string, AttachCode>()))
  let code = known.get(order)
  if (code === undefined) {
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function('refuse', 'ATTACHED', attachSource(keys, kinds, types as FieldType[])) as (
      ...parts: unknown[]
    ) => AttachCode
    known.set(order, (code = make(refuse, ATTACHED)))
  }
  return code
}

/** Gives an object the accessors of a row that holds its values. False, and nothing is done, if it cannot have them. */
export function attach(object: Fields, code: AttachCode, rows: Rows, slot: number): boolean {
  if (code.rowsOf(object) === undefined) {
    const keys = Object.keys(object)
    if (!Object.isExtensible(object) || !keys.every((key) => isOrdinary(object, key))) return false
    // The last first, which the engine takes back to how the object began, instead of making a table of its keys (V8 below 12).
    for (let i = keys.length - 1; i >= 0; i--) delete object[keys[i] as string]
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      Object.defineProperty(object, key, code.fields[key] as PropertyDescriptor)
    }
    Object.defineProperty(object, INSPECT, INSPECTED)
  }
  code.put(object, rows, slot)
  return true
}

function isOrdinary(object: Fields, key: string): boolean {
  const field = Object.getOwnPropertyDescriptor(object, key)
  return field?.writable === true && field.configurable === true
}

/** The console of Node shows values instead of accessors. */
const INSPECTED: PropertyDescriptor = {
  get(this: object) {
    return (_depth: number, options: object, inspect: (value: object, options: object) => string) => {
      return inspect(
        Object.assign(Object.create(Object.getPrototypeOf(this) as object | null) as object, this),
        options,
      )
    }
  },
}

function refuse({ shape, owner }: Rows, slot: number, i: number, value: unknown): never {
  const path = pathOf(owner?.pathOf(slot) ?? '$', shape?.keys[i] as string)
  throw findMisfit(value, shape?.types[i] as FieldType, path) ?? new EncodeError(path, 'does not fit.')
}
