import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { crc32c } from '../../util/crc32c.ts'
import { type Crc64, crc64nvme } from './crc64.ts'

/** The checksum algorithms of S3, as they stand in header names. */
export const ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** A checksum that is kept with an object. */
export interface Checksum {
  readonly algorithm: Algorithm
  /** Base64; of a composite checksum with `-N` behind it. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** Computes a checksum piece by piece. */
export interface Digest {
  update(bytes: Uint8Array): void
  /** Base64. */
  value(): string
}

export function newDigest(algorithm: Algorithm): Digest {
  switch (algorithm) {
    case 'crc32':
      return crc32Digest(crc32)
    case 'crc32c':
      return crc32Digest(crc32c)
    case 'crc64nvme':
      return crc64Digest()
    default:
      return hashDigest(algorithm)
  }
}

export function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name)
}

function crc32Digest(step: (bytes: Uint8Array, before: number) => number): Digest {
  let crc = 0
  return {
    update: (bytes) => {
      crc = step(bytes, crc)
    },
    value: () => {
      const bytes = Buffer.allocUnsafe(4)
      bytes.writeUInt32BE(crc)
      return bytes.toString('base64')
    },
  }
}

function crc64Digest(): Digest {
  let crc: Crc64 | undefined
  return {
    update: (bytes) => {
      crc = crc64nvme(bytes, crc)
    },
    value: () => {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32BE(crc?.high ?? 0)
      bytes.writeUInt32BE(crc?.low ?? 0, 4)
      return bytes.toString('base64')
    },
  }
}

function hashDigest(algorithm: 'sha1' | 'sha256'): Digest {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), value: () => hash.digest('base64') }
}
