/** Some who bid: a client each, as a page has. */
import { connect } from 'centrum/client'
import type app from './app.js'

/** The function ends them. */
export async function startBidders(url: string, names: readonly string[]): Promise<() => Promise<void>> {
  const all = await Promise.all(names.map((name) => startBidder(url, name)))
  return async () => {
    await Promise.all(all.map((end) => end()))
  }
}

async function startBidder(url: string, name: string): Promise<() => Promise<void>> {
  const connection = connect<typeof app>(url, { token: name })
  const auction = await connection.link('auction/1')
  const timer = setInterval(
    () => {
      const lots = [...auction.state.lots]
      const [id, lot] = lots[Math.floor(Math.random() * lots.length)] ?? []
      if (id === undefined || lot === undefined || lot.leader === name || lot.price > 200) return
      const max = lot.price + 5 * (1 + Math.floor(Math.random() * 4))
      // What is refused, or takes too long, is tried again with the next.
      auction.request('bid', { lot: id, max }).catch(() => undefined)
    },
    2_000 + Math.random() * 2_000,
  )
  return async () => {
    clearInterval(timer)
    await connection.close()
  }
}
