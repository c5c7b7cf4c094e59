/**
 * What declared types do to values: the number that is published for one, and the bare bytes of numbers whose kind the
 * shape tells. Knows nothing of shadows.
 */
import { KIND, type Kind } from '../format/state-format.js'
import type { StateWriter } from '../format/state-writer.js'
import { type TypeInfo, rangeBytes, rangeSteps } from './type-info.js'

/** What `value` becomes under a type, or `undefined` if it does not fit. Of containers only the sort is looked at. */
export function narrow(value: unknown, type: TypeInfo): unknown {
  switch (type.check) {
    case 'any':
      return value
    case 'number':
      if (typeof value !== 'number') return undefined
      return type.kind === KIND.f32 ? Math.fround(value) : value
    case 'integer': {
      if (typeof value !== 'number') return undefined
      const whole = Math.round(value) + 0
      return whole >= type.min && whole <= type.max ? whole : undefined
    }
    case 'range': {
      if (typeof value !== 'number') return undefined
      const step = Math.round((value - type.min) / type.step)
      return step >= 0 && step <= rangeSteps(type) ? type.min + step * type.step : undefined
    }
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'bytes':
      return value instanceof Uint8Array ? value : undefined
    case 'list':
      return Array.isArray(value) ? value : undefined
    case 'map':
      return value instanceof Map ? value : undefined
    case 'struct':
    case 'record':
      return isFields(value) ? value : undefined
  }
}

/** Whether a value is an object of fields: none of the containers that have a sort of their own. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Map)
  )
}

/** Writes a number of a kind that is not `any`. */
export function writeBare(w: StateWriter, kind: Kind, type: TypeInfo | undefined, value: number): void {
  const at = w.position
  switch (kind) {
    case KIND.f64:
      return w.f64(value)
    case KIND.f32:
      w.view.setFloat32(at, value, true)
      w.position += 4
      break
    case KIND.u8:
    case KIND.i8:
      w.bytes[at] = value
      w.position += 1
      break
    case KIND.u16:
    case KIND.i16:
      w.view.setInt16(at, value, true)
      w.position += 2
      break
    case KIND.u32:
    case KIND.i32:
      w.view.setInt32(at, value, true)
      w.position += 4
      break
    case KIND.range:
      writeStep(w, type as TypeInfo, value)
      break
    case KIND.any:
      return w.number(value)
  }
  w.ensure(0)
}

function writeStep(w: StateWriter, type: TypeInfo, value: number): void {
  const step = Math.round((value - type.min) / type.step)
  const size = rangeBytes(type)
  if (size === 1) w.bytes[w.position] = step
  else if (size === 2) w.view.setUint16(w.position, step, true)
  else w.view.setUint32(w.position, step, true)
  w.position += size
}
