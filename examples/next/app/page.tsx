/** A server component: what is in it is rendered on the server, where nothing dials. */
import { Counter } from './counter'

export default function Page() {
  return (
    <main>
      <h1>A counter</h1>
      <Counter />
      <p>Open this page in a second window.</p>
    </main>
  )
}
