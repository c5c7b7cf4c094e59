/** Histories within a process as an option of masters. Knows no master. */
import { OBJECT } from '../options/option-kinds.js'
import { SharedHistories } from './shared-histories.js'

export const SHARED_HISTORIES_OPTION = {
  ...OBJECT,
  is: (value: unknown): value is SharedHistories => value instanceof SharedHistories,
  expected: 'a SharedHistories, the same for all backs and fronts of this process',
  description: 'Lets the fronts of this process read the turns that its backs keep, instead of keeping copies.',
} as const
