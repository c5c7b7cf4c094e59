/** What every bench of whole servers takes on its command line. */
import { parseArgs } from 'node:util'
import { type Peer, PEERS } from './prepare.js'

export interface BenchOptions {
  /** Short, and with a single process for each: to see that it works, not to compare. */
  readonly quick: boolean
  /** Prints its tables as markdown. */
  readonly markdown: boolean
  /** Over how many processes of each a median is taken. */
  readonly repetitions: number
  /** Who is measured. */
  readonly peers: readonly Peer[]
  /** How long it runs before it is measured, and how long it is measured, in milliseconds. */
  readonly warmUpMs: number
  readonly measureMs: number
}

const FULL = { repetitions: 3, warmUpMs: 4_000, measureMs: 30_000 }
const QUICK = { repetitions: 1, warmUpMs: 2_000, measureMs: 5_000 }

/** `--quick`, `--markdown`, `--repetitions 5`, `--seconds 30`, `--peers centrum,colyseus`. */
export function readOptions(args: readonly string[], among: readonly Peer[] = PEERS): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string' },
    },
  })
  const { repetitions, warmUpMs, measureMs } = values.quick ? QUICK : FULL
  const wanted = values.peers?.split(',') ?? among
  const peers = among.filter((peer) => wanted.includes(peer))
  if (peers.length !== wanted.length) throw new Error(`--peers: choose among ${among.join(', ')}`)
  return {
    quick: values.quick,
    markdown: values.markdown,
    repetitions: values.repetitions === undefined ? repetitions : Number(values.repetitions),
    peers,
    warmUpMs,
    measureMs: values.seconds === undefined ? measureMs : Number(values.seconds) * 1_000,
  }
}
