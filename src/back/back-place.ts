/**
 * Which back of its cluster a process runs, where it listens, and what it takes: from the list, or as its options say where backs come and go.
 * Starts nothing.
 */
import type { App } from '../channel/app.js'
import { type AnnouncedBack, isDynamic } from '../cluster/cluster.js'
import { EVERYTHING } from '../cluster/static-cluster.js'
import type { OptionValues } from '../options/option-table.js'
import { refuseOption } from '../options/read-table.js'
import { addressProblem, parseAddress } from '../protocol/address.js'
import { hexOf } from '../protocol/hex8.js'
import type { Random } from '../runtime/runtime.js'
import type { BACK_MASTER_OPTIONS } from './back-master-options.js'
import { durablePattern } from './checked-params.js'

export interface BackPlace {
  readonly back: Omit<AnnouncedBack, 'address'>
  readonly capacity: number | null
  readonly listen: string
  /** Where others dial it, where that is not where it listens. */
  readonly advertised: string | null
  /** Where others dial it, which says whether links are encrypted. */
  readonly dialled: string
}

type Given = OptionValues<typeof BACK_MASTER_OPTIONS>

const PLACE = { call: 'BackMaster' } as const
/** Any free port of this machine, for others of it. */
const LISTEN = 'tcp://127.0.0.1:0'
const ID_BYTES = 4
/** Of a cluster whose backs come and go. */
const LIVING = ['advertise', 'weight', 'capacity', 'labels'] as const

/** Throws a `CentrumError` `invalid-option`. */
export function readPlace(app: App, given: Given, random: Random): BackPlace {
  return isDynamic(given.cluster) ? livingPlace(given, random) : listedPlace(app, given)
}

function listedPlace(app: App, { id, cluster, listen, store, ...others }: Given): BackPlace {
  if (id === undefined) refuseOption(PLACE, "id is missing. Give the id of one of the cluster's backs, such as back-1.")
  for (const name of [...LIVING, 'channels'] as const) {
    const isGiven = name === 'channels' ? others.channels.length > 0 : others[name] !== undefined
    if (isGiven)
      refuseOption(
        PLACE,
        `${name} is given, but the cluster is static, and its list already says this about each back. Leave it out, or use a cluster from postgresCluster.`,
      )
  }
  const entry = cluster.members.find((back) => back.id === id)
  if (!entry) {
    const listed = cluster.members.map((back) => back.id).join(', ')
    refuseOption(
      PLACE,
      `id is '${id}', which is not in the cluster's list. Use one of ${listed}, or add it to the list.`,
    )
  }
  const durable = durablePattern(app, entry.channels)
  if (durable !== null && store === undefined) {
    refuseOption(
      PLACE,
      `store is missing, but channels of '${durable}' are durable. Give a store, such as sqliteStore({ path: 'data/app.db' }) from centrum/sqlite.`,
    )
  }
  const back = { id, channels: entry.channels, weight: 1, capacity: null, labels: {} }
  const { address: dialled } = entry
  return { back, capacity: null, listen: addressOf('listen', listen) ?? dialled, advertised: null, dialled }
}

function livingPlace(given: Given, random: Random): BackPlace {
  const { id = `back-${hexOf(random.bytes(ID_BYTES))}`, weight = 1, capacity = null, labels = {}, channels } = given
  if (given.store !== undefined)
    refuseOption(
      PLACE,
      'store is given, but the backs of this cluster store their channels in its database. Leave it out.',
    )
  const listen = addressOf('listen', given.listen) ?? LISTEN
  const advertised = addressOf('advertise', given.advertise)
  if (advertised === null && isAnywhere(listen))
    refuseOption(
      PLACE,
      `advertise is missing: listen is '${listen}', which is not an address that other machines can dial. Give the address of this machine, such as tcp://10.0.0.5:4100.`,
    )
  const back = { id, channels: channels.length > 0 ? channels : [EVERYTHING], weight, capacity, labels }
  return { back, capacity, listen, advertised, dialled: advertised ?? listen }
}

function isAnywhere(address: string): boolean {
  const parsed = parseAddress(address)
  return parsed.kind === 'tcp' && ['0.0.0.0', '::', '[::]'].includes(parsed.host)
}

/** Throws a `CentrumError` `invalid-option` for what is no address. */
function addressOf(name: string, given: string | undefined): string | null {
  if (given === undefined) return null
  const problem = addressProblem(given)
  if (problem !== null) refuseOption(PLACE, `${name} is '${given}'. ${problem}`)
  return given
}
