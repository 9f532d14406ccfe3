import { createBatchHandler } from 'sluice/aws'
import wordCount from '../word-count.ts'

export const handler = createBatchHandler(wordCount)
