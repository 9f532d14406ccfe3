import { createHttpHandler } from 'sluice/aws'
import wordCount from '../word-count.ts'

export const handler = createHttpHandler(wordCount)
