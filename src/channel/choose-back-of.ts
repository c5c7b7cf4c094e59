/** The app's choice of where a channel opens, with what may go wrong in it. Knows no cluster. */
import type { Log } from '../runtime/runtime.js'
import type { App, BackToPlace } from './app.js'

/** Null where the choice is the cluster's. */
export type ChooseBack = (channelId: string, backs: readonly BackToPlace[]) => string | null

/** Null where the app leaves it to the cluster. What throws, or names no back that was given, is logged and counts as no choice. */
export function chooseBackOf(app: App, log: Log): ChooseBack | null {
  const { place } = app
  if (place === null) return null
  return (channelId, backs) => {
    const match = app.match(channelId)
    if (match === null) return null
    const { pattern, params } = match
    try {
      const choice: unknown = place({ id: channelId, pattern, params }, [...backs])
      if (choice === null || choice === undefined) return null
      const id = typeof choice === 'object' && 'id' in choice ? choice.id : choice
      if (backs.some((back) => back.id === id)) return id as string
      log.error('place.failed', {
        channel: channelId,
        error: `it returned ${describe(id)}, which is none of the backs`,
      })
    } catch (error) {
      log.error('place.failed', { channel: channelId, error })
    }
    return null
  }
}

function describe(id: unknown): string {
  return typeof id === 'string' ? `'${id}'` : `a value of type ${typeof id}`
}
