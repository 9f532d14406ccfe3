import { SaveActions } from './facade/save-actions.ts'
import type { Node } from './node.ts'

/**
 * A dataset of one batch: a recipe, computed partition by partition when an action asks for it. Transformations return
 * at once; actions return promises, which reject with a `RecordError` when a function fails at a record. Elements keep
 * their order within a partition, and partitions theirs. Below, the elements of each dataset:
 *
 * @example
 * ```ts
 * const lines = new SparkContext().parallelize(['row row', 'row your boat'], 2)
 * const words = lines.flatMap((line) => line.split(' ')) // ['row', 'row', 'row', 'your', 'boat']
 * words.filter((word) => word !== 'row') // ['your', 'boat']
 * words.distinct() // ['row', 'your', 'boat']
 * words.sortBy((word) => word) // ['boat', 'row', 'row', 'row', 'your']
 * words.union(lines).getNumPartitions() // 4
 * words.intersection(new SparkContext().parallelize(['boat', 'row'])) // ['row', 'boat']
 * words.subtract(new SparkContext().parallelize(['row'])) // ['your', 'boat']
 * words.keyBy((word) => word.length) // [[3, 'row'], [3, 'row'], [3, 'row'], [4, 'your'], [4, 'boat']]
 * words.groupBy((word) => word.length) // [[4, ['your', 'boat']], [3, ['row', 'row', 'row']]]
 * words.collectPartial((word) => (word === 'row' ? undefined : word.length)) // [4, 4]
 * words.coalesce(1).getNumPartitions() // 1
 * words.repartition(3).getNumPartitions() // 3
 * words.glom() // [['row', 'row'], ['row', 'your', 'boat']]
 * words.mapPartitions((words) => [words.length]) // [2, 3]
 * words.mapPartitionsWithIndex((partition, words) => [[partition, words.length]]) // [[0, 2], [1, 3]]
 * words.zipWithIndex() // [['row', 0], ['row', 1], ['row', 2], ['your', 3], ['boat', 4]]
 * words.zipWithUniqueId() // [['row', 0], ['row', 2], ['row', 1], ['your', 3], ['boat', 5]]
 * lines.zip(lines.map((line) => line.length)) // [['row row', 7], ['row your boat', 13]]
 * words.zipPartitions(lines, (words, lines) => [words.length / lines.length]) // [2, 3]
 * await words.cartesian(words).count() // 25
 * words.sample(false, 0.5, 7) // ['row', 'row', 'your']
 * const [most = words, rest = words] = words.randomSplit([0.8, 0.2], 7)
 * most.union(rest).sortBy((word) => word) // ['boat', 'row', 'row', 'row', 'your']
 * words.derive(lines.node) // ['row row', 'row your boat']
 *
 * const ones = words.map((word) => [word, 1])
 * const counts = ones.reduceByKey((a, b) => a + b) // [['row', 3], ['your', 1], ['boat', 1]]
 * counts.keys() // ['row', 'your', 'boat']
 * counts.values() // [3, 1, 1]
 * counts.mapValues((count) => -count) // [['row', -3], ['your', -1], ['boat', -1]]
 * counts.flatMapValues((count) => (count > 1 ? ['often'] : [])) // [['row', 'often']]
 * counts.sortByKey() // [['boat', 1], ['row', 3], ['your', 1]]
 * ones.groupByKey() // [['row', [1, 1, 1]], ['your', [1]], ['boat', [1]]]
 * ones.foldByKey(0, (a, b) => a + b) // [['row', 3], ['your', 1], ['boat', 1]]
 * ones.aggregateByKey('', (text, one) => `${text}${one}`, (a, b) => a + b) // [['row', '111'], ['your', '1'], ['boat', '1']]
 * counts.filterByRange('a', 'row') // [['row', 3], ['boat', 1]]
 * ones.sampleByKey(false, [['row', 0], ['your', 1], ['boat', 1]]) // [['your', 1], ['boat', 1]]
 * await ones.sampleByKeyExact(false, [['row', 0.5], ['your', 0], ['boat', 0]]).count() // 2
 * counts.repartitionAndSortWithinPartitions(1) // [['boat', 1], ['row', 3], ['your', 1]]
 * ones.partitionBy(2).glom() // [[], [['row', 1], ['row', 1], ['row', 1], ['your', 1], ['boat', 1]]]
 * counts.partitioner?.numPartitions // 2
 * counts.partitionerFor(4).numPartitions // 4
 *
 * const translated = new SparkContext().parallelize<[string, string]>([['boat', 'Boot']])
 * counts.join(translated) // [['boat', [1, 'Boot']]]
 * counts.leftOuterJoin(translated) // [['row', [3, undefined]], ['your', [1, undefined]], ['boat', [1, 'Boot']]]
 * counts.rightOuterJoin(translated) // [['boat', [1, 'Boot']]]
 * await counts.fullOuterJoin(translated).count() // 3
 * counts.subtractByKey(translated) // [['row', 3], ['your', 1]]
 * await counts.cogroup(translated).count() // 3
 * await counts.groupWith(translated, ones).count() // 3
 *
 * await words.count() // 5
 * await words.take(2) // ['row', 'row']
 * await words.first() // 'row'
 * await words.isEmpty() // false
 * await words.max() // 'your'
 * await words.min() // 'boat'
 * await words.reduce((a, b) => `${a} ${b}`) // 'row row row your boat'
 * await words.treeReduce((a, b) => `${a} ${b}`) // 'row row row your boat'
 * await words.fold('', (a, b) => a + b) // 'rowrowrowyourboat'
 * await words.aggregate(0, (letters, word) => letters + word.length, (a, b) => a + b) // 17
 * await words.treeAggregate(0, (letters, word) => letters + word.length, (a, b) => a + b) // 17
 * await words.top(2) // ['your', 'row']
 * await words.takeOrdered(2) // ['boat', 'row']
 * await words.countByValue() // new Map([['row', 3], ['your', 1], ['boat', 1]])
 * await words.countApproxDistinct() // 3
 * await words.countApprox(1000).then(({ mean }) => mean) // 5
 * await words.countByValueApprox(1000).then((counts) => counts.get('row')?.mean) // 3
 * await words.takeSample(false, 9).then((sample) => sample.length) // 5
 * await words.toLocalIterator().next() // { value: 'row', done: false }
 * await counts.collect() // [['row', 3], ['your', 1], ['boat', 1]]
 * await counts.collectAsMap() // new Map([['row', 3], ['your', 1], ['boat', 1]])
 * await words.map((word) => [word.length, word]).countByKey() // new Map([[3, 3], [4, 2]])
 * await counts.lookup('row') // [3]
 * await ones.reduceByKeyLocally((a, b) => a + b) // new Map([['row', 3], ['your', 1], ['boat', 1]])
 * ones.countApproxDistinctByKey() // [['row', 1], ['your', 1], ['boat', 1]]
 * await words.runPartitions(async (partition) => `part-${partition}`) // ['part-0', 'part-1']
 * const seen = new Set<string>()
 * await words.foreach((word) => seen.add(word))
 * seen.size // 3
 *
 * const lengths = words.map((word) => word.length) // [3, 3, 3, 4, 4]
 * await lengths.sum() // 17
 * await lengths.mean() // 3.4
 * await lengths.sumApprox(1000).then(({ mean }) => mean) // 17
 * await lengths.meanApprox(1000).then(({ mean }) => mean) // 3.4
 * await counts.countByKeyApprox(1000).then((words) => words.get('row')?.mean) // 1
 * await lengths.stats().then(({ max }) => max) // 4
 * const spread = new SparkContext().parallelize([1, 3])
 * await Promise.all([spread.variance(), spread.popVariance(), spread.sampleVariance()]) // [1, 1, 2]
 * await Promise.all([spread.stdev(), spread.popStdev(), spread.sampleStdev()]) // [1, 1, Math.SQRT2]
 *
 * const sc = new SparkContext({ storage })
 * const pairs = sc.parallelize<[string, number]>([['row', 3], ['boat', 1]])
 * await pairs.saveAsTextFile('data/text')
 * await (await sc.textFile('data/text')).collect() // ['(row,3)', '(boat,1)']
 * await pairs.saveAsObjectFile('data/objects')
 * await (await sc.objectFile('data/objects')).collect() // [['row', 3], ['boat', 1]]
 * await pairs.saveAsSequenceFile('data/pairs', { key: 'text', value: 'int' })
 * await (await sc.sequenceFile('data/pairs')).collect() // [['row', 3], ['boat', 1]]
 * await pairs.saveAsHadoopFile('data/tab')
 * await (await sc.textFile('data/tab')).collect() // ['row\t3', 'boat\t1']
 * await pairs.saveAsFile('data/table', { extension: 'csv', encode: ([word, count]) => `${word};${count}\n` })
 * await (await sc.textFile('data/table')).collect() // ['row;3', 'boat;1']
 *
 * words.setName('words').cache().name // 'words'
 * words.context === words.sparkContext // true
 * words.getStorageLevel() === StorageLevel.MEMORY_ONLY // true
 * words.unpersist().localCheckpoint().isCheckpointed // false
 * words.checkpoint().getCheckpointFile() // undefined
 * words.partitions // [{ index: 0 }, { index: 1 }]
 * words.dependencies.map(({ kind }) => kind) // ['narrow']
 * words.preferredLocations({ index: 0 }) // []
 * words.barrier() // throws 'no-barrier'
 * ```
 */
export class RDD<T> extends SaveActions<T> {
  derive<U>(node: Node<U>): RDD<U> {
    return new RDD(this.sparkContext, node)
  }
}
