const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** The public methods of Spark's Scala classes, by the sections of docs/coming-from-spark.md. */
export const SPARK_METHODS: Readonly<Record<string, readonly string[]>> = {
  DStream: words(`
    slideDuration dependencies compute context persist cache checkpoint map flatMap filter glom repartition mapPartitions
    reduce count countByValue foreachRDD foreach transform transformWith print window reduceByWindow countByWindow
    countByValueAndWindow union slice saveAsObjectFiles saveAsTextFiles register`),
  PairDStreamFunctions: words(`
    groupByKey reduceByKey combineByKey groupByKeyAndWindow reduceByKeyAndWindow mapWithState updateStateByKey mapValues
    flatMapValues cogroup join leftOuterJoin rightOuterJoin fullOuterJoin saveAsHadoopFiles saveAsNewAPIHadoopFiles`),
  StreamingContext: words(`
    sparkContext remember checkpoint receiverStream socketTextStream socketStream rawSocketStream fileStream textFileStream
    binaryRecordsStream queueStream union transform addStreamingListener removeStreamingListener getState start
    awaitTermination awaitTerminationOrTimeout stop getActive getActiveOrCreate getOrCreate jarOfClass`),
  InputDStream: words('id name compute start stop'),
  Receiver: words(`
    onStart onStop preferredLocation store reportError restart stop isStarted isStopped streamId storageLevel`),
  RDD: words(`
    sparkContext context id name setName partitioner dependencies partitions getNumPartitions preferredLocations iterator
    persist cache unpersist getStorageLevel map flatMap filter distinct repartition coalesce sample randomSplit takeSample
    union intersection subtract cartesian glom groupBy keyBy sortBy pipe mapPartitions mapPartitionsWithIndex
    mapPartitionsWithEvaluator zip zipPartitions zipWithIndex zipWithUniqueId foreach foreachPartition collect
    toLocalIterator reduce treeReduce fold aggregate treeAggregate count countApprox countByValue countByValueApprox
    countApproxDistinct take first top takeOrdered max min isEmpty saveAsTextFile saveAsObjectFile checkpoint localCheckpoint
    isCheckpointed getCheckpointFile toDebugString toJavaRDD barrier withResources getResourceProfile
    cleanShuffleDependencies`),
  AsyncRDDActions: words('countAsync collectAsync takeAsync foreachAsync foreachPartitionAsync'),
  PairRDDFunctions: words(`
    combineByKey combineByKeyWithClassTag aggregateByKey foldByKey sampleByKey sampleByKeyExact reduceByKey
    reduceByKeyLocally countByKey countByKeyApprox countApproxDistinctByKey groupByKey partitionBy join leftOuterJoin
    rightOuterJoin fullOuterJoin collectAsMap mapValues flatMapValues cogroup groupWith subtractByKey lookup
    saveAsHadoopFile saveAsNewAPIHadoopFile saveAsHadoopDataset saveAsNewAPIHadoopDataset keys values`),
  OrderedRDDFunctions: words('sortByKey repartitionAndSortWithinPartitions filterByRange'),
  DoubleRDDFunctions: words(`
    sum stats mean variance stdev sampleStdev sampleVariance popStdev popVariance meanApprox sumApprox histogram`),
  SequenceFileRDDFunctions: words('saveAsSequenceFile'),
  SparkContext: words(`
    getConf jars files archives master deployMode appName isLocal isStopped statusTracker uiWebUrl hadoopConfiguration
    sparkUser applicationId applicationAttemptId version startTime resources setLogLevel setLocalProperty getLocalProperty
    setJobDescription setJobGroup clearJobGroup addJobTag removeJobTag getJobTags clearJobTags setInterruptOnCancel
    parallelize range makeRDD textFile wholeTextFiles binaryFiles binaryRecords hadoopRDD hadoopFile newAPIHadoopFile
    newAPIHadoopRDD sequenceFile objectFile union emptyRDD register longAccumulator doubleAccumulator collectionAccumulator
    broadcast addFile listFiles addArchive listArchives addJar listJars addSparkListener removeSparkListener
    requestExecutors requestTotalExecutors killExecutor killExecutors getExecutorMemoryStatus getRDDStorageInfo
    getPersistentRDDs getAllPools getPoolForName getSchedulingMode setCallSite clearCallSite runJob runApproximateJob
    submitJob cancelJob cancelJobGroup cancelJobsWithTag cancelAllJobs cancelStage killTaskAttempt setCheckpointDir
    getCheckpointDir defaultParallelism defaultMinPartitions stop getOrCreate`),
  StateSpec: words('function initialState numPartitions partitioner timeout'),
  State: words('exists get getOption update remove isTimingOut'),
  StreamingListener: words(`
    onStreamingStarted onReceiverStarted onReceiverError onReceiverStopped onBatchSubmitted onBatchStarted onBatchCompleted
    onOutputOperationStarted onOutputOperationCompleted`),
}
