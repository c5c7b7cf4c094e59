/** The same test under Vitest (with `globals`) and Jest. */
import { createTestCluster } from 'centrum/testing'
import app from './app.js'

test('what one adds, the other sees', async () => {
  const cluster = await createTestCluster(app)
  const ada = await (await cluster.connect({ userId: 'ada' })).link('counter')
  const bob = await (await cluster.connect({ userId: 'bob' })).link('counter')
  ada.send('add', 2)
  await cluster.advance(200)
  expect(bob.state.count).toBe(2)
  expect(bob.snapshot()).toEqual({ count: 2 })
  await cluster.close()
})
