/** What processes cost on the processors, where the system tells: on Linux. Knows nothing of what runs in them. */
import { readFileSync } from 'node:fs'

/** In seconds. */
export interface CpuTime {
  /** Of this process itself. */
  readonly own: number
  /** Of all that it started and that have ended, with what those started. */
  readonly ended: number
}

/** Null where the system does not tell. */
export function cpuTime(): CpuTime | null {
  try {
    // Behind the name, which may hold blanks: the fields from the third on, of which four are times in hundredths of a second.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
    return { own: (user + system) / 100, ended: (endedUser + endedSystem) / 100 }
  } catch {
    return null
  }
}

/** Of all together, in seconds; null where the system does not tell. */
export function cpuSeconds(): number | null {
  const time = cpuTime()
  return time === null ? null : time.own + time.ended
}
