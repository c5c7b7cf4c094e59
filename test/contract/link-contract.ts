/**
 * What every link between masters does, whatever carries its bytes: ordered or broken, never lossy. Call it with a place for
 * masters to meet; it declares the tests.
 */
import { admissionContract } from './admission-contract.js'
import { brokenInputContract } from './broken-input-contract.js'
import { carryingContract } from './carrying-contract.js'
import { checksAt, type MakePlace } from './link-ends.js'

export function linkContract(name: string, makePlace: MakePlace): void {
  const check = checksAt(name, makePlace)
  carryingContract(check)
  admissionContract(check, makePlace)
  brokenInputContract(check)
}
