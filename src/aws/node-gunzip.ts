import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Gunzip } from '../rdd/formats/gunzip.ts'

/** Unlike the web's standard one, this takes files of several members, as concatenated logs and what Firehose writes are. */
export const nodeGunzip: Gunzip = (compressed) => pipeline(Readable.from(compressed), createGunzip(), () => {})
