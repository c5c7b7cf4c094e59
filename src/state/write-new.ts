/** A value that takes a place in the state: its shadow is made and written. */
import { adopt } from './adopt.js'
import type { Differ } from './differ.js'
import { narrow } from './narrow.js'
import { REFUSED } from './refused.js'
import type { Published } from './shadow.js'
import type { TypeInfo } from './type-info.js'
import { writePublished } from './write-published.js'

export function writeNew(d: Differ, value: unknown, type: TypeInfo | undefined): Published {
  if (type !== undefined && narrow(value, type) === undefined && type.check !== 'any') throw REFUSED
  const published = adopt(d, value, type)
  writePublished(d.writer, d.shapes, published)
  return published
}
