import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'
import type { Lot } from './app.js'

const ANIMALS = ['Otter', 'Heron', 'Badger', 'Lynx', 'Ibis', 'Marten', 'Plover', 'Stoat']
const me = (sessionStorage['me'] ??=
  `${ANIMALS[Math.floor(Math.random() * ANIMALS.length)]} ${100 + Math.floor(Math.random() * 900)}`) as string
element('me').textContent = me

const connection = connect<typeof app>('/', { token: me })
const auction = await connection.link('auction/1')
/** Bids that were answered as taken: as many have to be in the books. */
let taken = 0
let lostAt = 0

function cardOf(id: string, lot: Lot): HTMLElement {
  const card = document.createElement('article')
  card.className = 'lot'
  card.innerHTML = `<p class="number"></p><h3></h3><p class="price"></p><p class="leader"></p>
    <progress max="60"></progress><form><input type="number" inputmode="numeric" aria-label="The most that you would pay" required />
    <button>Bid</button></form><p class="answer" role="status"></p>`
  part(card, '.number').textContent = `Lot ${id}`
  part(card, 'h3').textContent = lot.title
  part(card, 'form').addEventListener('submit', (event) => {
    event.preventDefault()
    void bid(id, card)
  })
  return card
}

async function bid(id: string, card: HTMLElement): Promise<void> {
  const input = part<HTMLInputElement>(card, 'input')
  const button = part<HTMLButtonElement>(card, 'button')
  const answer = part(card, '.answer')
  button.disabled = true
  answer.textContent = auction.status === 'live' ? '' : 'It waits for the server …'
  try {
    const result = await auction.request('bid', { lot: id, max: Number(input.value) }, { timeoutMs: 60_000 })
    if ('refused' in result) answer.textContent = `Not taken: ${result.refused}.`
    else {
      taken++
      answer.textContent = result.leads ? 'Taken.' : 'Taken, and outbid at once by a higher maximum.'
      input.value = ''
    }
  } catch (error) {
    answer.textContent = (error as Error).message
  }
  button.disabled = false
  show()
}

const cards = new Map<string, HTMLElement>()

function show(): void {
  const { state } = auction
  for (const [id, card] of cards) {
    if (state.lots.has(id)) continue
    card.remove()
    cards.delete(id)
  }
  for (const [id, lot] of state.lots) {
    let card = cards.get(id)
    if (!card) {
      card = cardOf(id, lot)
      cards.set(id, card)
      element('lots').append(card)
    }
    const leads = lot.leader === me
    card.classList.toggle('mine', leads)
    part(card, '.price').textContent = `${lot.price} after ${lot.bids} ${lot.bids === 1 ? 'bid' : 'bids'}`
    part(card, '.leader').textContent = leads ? 'You lead' : lot.leader === null ? 'No bid yet' : `${lot.leader} leads`
    const input = part<HTMLInputElement>(card, 'input')
    input.placeholder = String(lot.leader === null ? lot.price : lot.price + 5)
  }
  const { pid, before } = state.owner
  element('owner').textContent = `Process ${pid}${before === 0 ? '' : `, after ${before} that died`}.`
  element('books').textContent =
    `${taken} of your bids were answered in this window; ${state.books[me] ?? 0} of yours are in the books.`
  element('sold').replaceChildren(
    ...state.sold.map(({ lot, title, price, to }) => {
      const item = document.createElement('li')
      item.textContent = `Lot ${lot}, ${title}: ${price}, to ${to === me ? 'you' : to}`
      return item
    }),
  )
}

function showTime(): void {
  for (const [id, card] of cards) {
    const lot = auction.state.lots.get(id)
    const seconds = Math.max(0, ((lot?.endsAt ?? 0) - connection.serverNow()) / 1_000)
    part<HTMLProgressElement>(card, 'progress').value = seconds
    part(card, 'progress').title = `${Math.ceil(seconds)} seconds left`
    card.classList.toggle('late', seconds < 10)
  }
}

function tell(line: string): void {
  const item = document.createElement('li')
  item.textContent = line
  element('story').append(item)
}

function showStatus(): void {
  const status = element('status')
  status.textContent = auction.status
  status.dataset['status'] = auction.status
}

auction.onStatus((status) => {
  showStatus()
  if (status === 'stalled' && lostAt === 0) {
    lostAt = performance.now()
    tell('The server is gone. Bids that you make now wait in this page.')
  } else if (status === 'live' && lostAt > 0) {
    tell(
      `It is back after ${((performance.now() - lostAt) / 1_000).toFixed(1)} s, at version ${auction.version}: nothing is lost.`,
    )
    lostAt = 0
  }
})
auction.onReset(() => tell('It began anew: this server keeps nothing.'))

const kill = element('kill', HTMLButtonElement)
const offered = await fetch('/kill').then(({ ok }) => ok)
kill.hidden = !offered
kill.addEventListener('click', () => {
  tell(`kill -9 ${auction.state.owner.pid}, at version ${auction.version}.`)
  void fetch('/kill', { method: 'POST' })
})

auction.onChange(show)
show()
showStatus()
setInterval(showTime, 200)

function part<T extends HTMLElement = HTMLElement>(card: HTMLElement, selector: string): T {
  return card.querySelector(selector) as T
}
