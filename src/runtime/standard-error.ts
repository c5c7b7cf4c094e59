/**
 * Standard error as an output that nobody waits for, whatever it is: a file, a terminal, a pipe that nobody reads, a socket of a
 * service manager. Knows nothing of logs.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { LineOutput } from './line-sink.js'

const FD = 2

export function standardError(): LineOutput {
  try {
    const stat = fstatSync(FD)
    if (stat.isFile()) return ofDescriptor(FD)
    if (stat.isSocket()) {
      // Only makes it a descriptor that does not block, as `process.stderr` does: what Node itself would write could hold up the end.
      const holder = new Socket({ fd: FD, readable: false, writable: true }).unref()
      const output = ofDescriptor(FD)
      return { write: (bytes) => (holder.destroyed ? 0 : output.write(bytes)) }
    }
    // A descriptor of its own: whoever shares this one still waits when it writes.
    return ofDescriptor(openSync(`/proc/self/fd/${FD}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK))
  } catch {
    return ofDescriptor(FD)
  }
}

function ofDescriptor(fd: number): LineOutput {
  return {
    write(bytes) {
      try {
        return writeSync(fd, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
        throw error
      }
    },
  }
}
