/** What is amiss with a player's connection, in words. */
import type { Player } from './player.js'

export interface Trouble {
  readonly text: string
  /** Nothing happens by itself any more. */
  readonly forGood: boolean
}

export function troubleOf({ walker, lobby }: Player): Trouble | null {
  const { connection, home, sight } = walker
  switch (connection.status) {
    case 'connecting':
      return { text: 'Connecting …', forGood: false }
    case 'reconnecting':
      return { text: 'The front is gone. Connecting again …', forGood: false }
    case 'closed':
      return { text: 'The connection is over. Reload the page to play on.', forGood: true }
    case 'connected':
  }
  const stalled = [...sight.links.values()].filter(({ status }) => status === 'stalled')
  if (home?.link.status === 'stalled') {
    return { text: `The back of ${home.name} does not answer. Waiting for it …`, forGood: false }
  }
  if (stalled.length > 0) {
    return {
      text: `${stalled.map(({ id }) => id).join(', ')}: the back does not answer. You can walk elsewhere.`,
      forGood: false,
    }
  }
  if (lobby?.status === 'stalled') return { text: 'The lobby is out of reach for now.', forGood: false }
  return null
}
